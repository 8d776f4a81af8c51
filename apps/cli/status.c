/* Draws the progress of a run on stderr, as a bar or as lines, often enough to be seen and seldom
 * enough for a log file: see status.h. */
#include "status.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "values.h"

/* The time between two lines in a file: a run of a week leaves a thousand of them and not a
 * million, and after ten minutes a user can see that it is alive. */
#define LINE_SHARE         0.01
#define LINE_SECONDS_LEAST 10
#define LINE_SECONDS_MOST  600

/* Before that the rate is mostly that of the start. */
#define ESTIMATE_SECONDS 1

/* A bar that nobody asked for waits so long: most runs are over by then. */
#define BAR_SECONDS 1

/* Cells of a bar: more cells show no more, fewer show nothing. */
enum { BAR_MOST = 24, BAR_LEAST = 8 };

bool status_open(struct status *status, bool asked)
{
    const char *kind = value_variable("TERM");
    bool dumb = kind && strcmp(kind, "dumb") == 0;
    *status = (struct status){.terminal = isatty(STDERR_FILENO) && !dumb, .asked = asked};
    return asked || status->terminal;
}

/* In two units at most: nobody needs the seconds of a day. */
static void write_duration(double seconds, char text[40])
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
    int i = 0;
    while (i < 3 && seconds < units[i].seconds)
        i++;
    if (i == 3) {
        snprintf(text, 40, "%.0f s", ceil(seconds));
        return;
    }
    double whole = floor(seconds / units[i].seconds);
    double rest = floor((seconds - whole * units[i].seconds) / units[i + 1].seconds);
    snprintf(text, 40, "%.0f %s %.0f %s", whole, units[i].name, rest, units[i + 1].name);
}

/* The rate and the time left, once they mean something. What was done before, as a checkpoint says,
 * took none of our time. What has no room is left out: the rate first. */
static void write_text(const struct status *status, double now, double share, double total,
                       int room, char text[128])
{
    double seconds = now - status->began;
    double progress = share - status->first;
    snprintf(text, 128, "%.1f %% done", floor(share * 1000) / 10);
    if (seconds < ESTIMATE_SECONDS || progress <= 0 || share >= 1)
        return;
    char duration[40], speed[32], left[64];
    write_duration(seconds / progress * (1 - share), duration);
    snprintf(left, sizeof left, ", about %s left", duration);
    double rate = progress * total / seconds;
    int power = rate >= 1 ? (int)floor(log10(rate)) : 0;
    snprintf(speed, sizeof speed, ", %.1fe%d numbers/s", rate / pow(10, power), power);
    if (status->rate && (int)(strlen(text) + strlen(speed) + strlen(left)) <= room)
        strcat(text, speed);
    if ((int)(strlen(text) + strlen(left)) <= room)
        strcat(text, left);
}

static int columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* The line on a terminal: as much of a bar as there is room for, and never a second line. */
static int draw(const char *text, double share, char line[256])
{
    static const char full[] = "########################";
    static const char empty[] = "........................";
    int room = columns() - 1;
    int width = room - (int)strlen(text) - 9; /* "yoke: [" and "] " */
    width = width > BAR_MOST ? BAR_MOST : width;
    int done = (int)(share * width);
    if (width >= BAR_LEAST)
        snprintf(line, 256, "yoke: [%.*s%.*s] %s", done, full, width - done, empty, text);
    else
        snprintf(line, 256, "yoke: %s", text);
    line[room < 255 ? room : 255] = '\0';
    return (int)strlen(line);
}

static void show(struct status *status, double now, double share, double total)
{
    char text[128], line[256];
    int room = status->terminal ? columns() - 1 - (int)strlen("yoke: ") : (int)sizeof text;
    write_text(status, now, share, total, room, text);
    if (status->terminal) {
        int width = draw(text, share, line);
        fprintf(stderr, "\r%-*s", status->width, line); /* covers what is left of a longer one */
        status->width = width;
    } else {
        fprintf(stderr, "yoke: %s\n", text);
    }
    status->shown = now;
    status->share = share;
}

static bool is_due(const struct status *status, double now, double share)
{
    if (status->terminal)
        return share < 1 && (status->asked || now - status->began >= BAR_SECONDS);
    if (share >= 1)
        return !status->ended;
    double seconds = now - status->shown;
    return seconds >= LINE_SECONDS_MOST ||
           (seconds >= LINE_SECONDS_LEAST && share - status->share >= LINE_SHARE);
}

void status_tell(double done, double total, void *context)
{
    struct status *status = context;
    double now = omp_get_wtime();
    double share = total > 0 ? done / total : 1;
    if (status->began == 0) {
        status->began = status->shown = now;
        status->first = status->share = share;
    }
    if (is_due(status, now, share))
        show(status, now, share, total);
    status->ended = share >= 1;
}

void status_close(struct status *status)
{
    if (status->terminal && status->width)
        fprintf(stderr, "\r%*s\r", status->width, "");
    status->width = 0;
}
