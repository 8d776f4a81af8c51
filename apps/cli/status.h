/* --status: how far the work has come and the time left, on stderr. */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include <stdbool.h>

/* How the option's help describes it. */
#define STATUS_HELP                                                                                \
    "show on stderr how much is done and the time left: one\n"                                     \
    "line that changes on a terminal, else a line each\n"                                          \
    "percent, 10 seconds to 10 minutes apart"

struct status {
    bool terminal, ended;
    double began, first; /* when it was told of the share done for the first time, and that share */
    double shown, share; /* when it showed something last, and what                               */
    int width;           /* of the line on the terminal; 0: there is none                         */
};

/* Looks where stderr goes. */
void status_open(struct status *status);

/* The yoke_progress_callback; its context is the struct. */
void status_tell(double done, double total, void *status);

/* Clears the line from the terminal, so that the next line has the place for itself. */
void status_close(struct status *status);

#endif
