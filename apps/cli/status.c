#include "status.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <unistd.h>

/* Between two lines in a file: a run of a week leaves a thousand of them and not a million, and
 * whoever looks knows after ten minutes that it is alive. */
#define LINE_SHARE         0.01
#define LINE_SECONDS_LEAST 10
#define LINE_SECONDS_MOST  600

/* Before that the rate is mostly that of the start. */
#define ESTIMATE_SECONDS 1

void status_open(struct status *status)
{
    *status = (struct status){.terminal = isatty(STDERR_FILENO)};
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

/* What was done before, as a checkpoint says, took none of our time. */
static void write_time_left(const struct status *status, double now, double share, char text[64])
{
    double seconds = now - status->began;
    double progress = share - status->first;
    text[0] = '\0';
    if (seconds < ESTIMATE_SECONDS || progress <= 0 || share >= 1)
        return;
    char duration[40];
    write_duration(seconds / progress * (1 - share), duration);
    snprintf(text, 64, ", about %s left", duration);
}

static void show(struct status *status, double now, double share)
{
    char left[64];
    write_time_left(status, now, share, left);
    char line[128];
    int width = snprintf(line, sizeof line, "yoke: %.1f %% done%s", floor(share * 1000) / 10, left);
    if (status->terminal)
        fprintf(stderr, "\r%-*s", status->width, line); /* covers what is left of a longer one */
    else
        fprintf(stderr, "%s\n", line);
    status->width = width;
    status->shown = now;
    status->share = share;
}

static bool is_due(const struct status *status, double now, double share)
{
    if (status->terminal)
        return share < 1;
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
        show(status, now, share);
    status->ended = share >= 1;
}

void status_close(struct status *status)
{
    if (status->terminal && status->width)
        fprintf(stderr, "\r%*s\r", status->width, "");
    status->width = 0;
}
