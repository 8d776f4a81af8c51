/* Makes a plan that fails short: takes steps away as long as what is left still fails, half of
 * them, a quarter, ... and at last one by one (Zeller and Hildebrandt, "Simplifying and isolating
 * failure-inducing input", 2002). Failures depend on timing, so each try plays the plan many
 * times. */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* More takes too long. */
enum { TIMES_MOST = 400 };

struct shrinking {
    struct plan *plan;
    const struct report *failure;
    struct report *report;
    unsigned times;
    time_t end;
};

static bool fails_alike(struct shrinking *shrinking)
{
    struct report *report = shrinking->report;
    const struct report *failure = shrinking->failure;
    child_play(shrinking->plan->seed, 1, shrinking->times, shrinking->plan, report);
    return report->ending == failure->ending && !strcmp(report->place, failure->place);
}

/* How often a plan must be played to fail almost surely, if this one fails again at all: several
 * times as often as it took some times. */
static bool find_times(struct shrinking *shrinking)
{
    unsigned total = 0, failed = 0;
    for (unsigned i = 0; i < 3; i++) {
        bool fails = fails_alike(shrinking);
        failed += fails;
        total += fails ? shrinking->report->time : 0;
    }
    if (failed)
        shrinking->times = 10 + 5 * total / failed;
    if (shrinking->times > TIMES_MOST)
        shrinking->times = TIMES_MOST;
    return failed;
}

/* Takes the steps [from, from + count) of those that are left away; gives them back unless the rest
 * fails. */
static bool try_without(struct shrinking *shrinking, unsigned from, unsigned count)
{
    struct plan *plan = shrinking->plan;
    bool taken[STEPS_MAX] = {false};
    unsigned left = 0;
    for (unsigned i = 0; i < plan->steps; i++) {
        if (plan->step[i].gone)
            continue;
        taken[i] = left >= from && left < from + count;
        plan->step[i].gone = taken[i];
        left++;
    }
    if (fails_alike(shrinking))
        return true;
    for (unsigned i = 0; i < plan->steps; i++)
        if (taken[i])
            plan->step[i].gone = false;
    return false;
}

static unsigned count_left(const struct plan *plan)
{
    unsigned left = 0;
    for (unsigned i = 0; i < plan->steps; i++)
        left += !plan->step[i].gone;
    return left;
}

/* Steps of scripts that are never played, as nothing submits their job. */
static void drop_unused(struct plan *plan)
{
    bool submitted[JOBS_MAX] = {false};
    for (unsigned i = 0; i < plan->steps; i++)
        if (!plan->step[i].gone && plan->step[i].verb == VERB_SUBMIT)
            submitted[plan->step[i].jobs[0]] = true;
    for (unsigned i = 0; i < plan->steps; i++)
        if (plan->step[i].where != THREAD && !submitted[plan->step[i].owner])
            plan->step[i].gone = true;
}

bool shrink(struct plan *plan, const struct report *failure, unsigned seconds,
            struct report *report)
{
    struct shrinking shrinking = {plan, failure, report, TIMES_MOST, time(NULL) + seconds};
    if (!find_times(&shrinking))
        return false;
    for (unsigned part = count_left(plan); part;) {
        bool shorter = false;
        for (unsigned from = 0; from < count_left(plan);) {
            if (time(NULL) > shrinking.end)
                return true;
            if (try_without(&shrinking, from, part)) {
                shorter = true;
                drop_unused(plan);
                printf("  %u steps fail\n", count_left(plan));
                fflush(stdout);
            } else {
                from += part;
            }
        }
        part = part > 1 ? (part + 1) / 2 : shorter;
    }
    return true;
}
