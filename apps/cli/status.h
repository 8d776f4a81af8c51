/* How far the work has come, how fast, and the time left, on stderr: a bar on a terminal, lines
 * elsewhere where --status asks for them. */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include <stdbool.h>

/* How the option's help describes it. */
#define STATUS_HELP                                                                                \
    "show progress at once, and also where stderr is no\n"                                         \
    "terminal: there a line each 10 seconds to 10 minutes"
#define NO_PROGRESS_HELP "show no bar on the terminal when it takes long"

struct status {
    bool terminal, asked, ended;
    bool rate; /* in numbers a second, where that is what is done: for the owner to set          */
    double began, first; /* when it was told of the share done for the first time, and that share */
    double shown, share; /* when it showed something last, and what                               */
    int width;           /* of the line on the terminal; 0: there is none                         */
};

/* Looks where stderr goes. `asked`: --status is given. Returns whether there is anything to show,
 * and status_tell() is to be called. Has no colours, so NO_COLOR has nothing to forbid. */
bool status_open(struct status *status, bool asked);

/* The yoke_progress_callback; its context is the struct. */
void status_tell(double done, double total, void *status);

/* Clears the line from the terminal, so that the next line has the place for itself. */
void status_close(struct status *status);

#endif
