/* What one asks of a handle, giving it back, and cancelling. */
#include <stdlib.h>
#include <string.h>

#include "play.h"

/* "line 0 of job 3\n" and so on: what its kernel has printed in all. */
static void check_output(unsigned job, const char *output)
{
    unsigned lines = atomic_load_explicit(&books[job].printed, memory_order_relaxed);
    char line[32];
    for (unsigned i = 0; i < lines; i++) {
        int length = snprintf(line, sizeof line, "line %u of job %u\n", i, job);
        REQUIRE(!strncmp(output, line, (size_t)length), "line %u of job %u is not in its output", i,
                job);
        output += length;
    }
    REQUIRE(!*output, "job %u has more output than it printed", job);
}

static void check_ended(unsigned job, yoke_job *handle, yoke_state state)
{
    yoke_status status = CALL(yoke_job_status)(handle);
    const char *message = CALL(yoke_job_message)(handle);
    struct book *book = &books[job];
    yoke_status returned = (yoke_status)atomic_load_explicit(&book->returned, memory_order_relaxed);
    bool ran = atomic_load_explicit(&book->runs, memory_order_relaxed) > 0;
    switch (state) {
    case YOKE_STATE_DONE:
        REQUIRE(status == YOKE_OK, "job %u is done with status %d", job, status);
        break;
    case YOKE_STATE_CANCELLED:
        REQUIRE(status == YOKE_CANCELLED, "job %u is cancelled with status %d", job, status);
        break;
    case YOKE_STATE_TIMED_OUT:
        REQUIRE(status == YOKE_TIMED_OUT, "job %u has timed out with status %d", job, status);
        break;
    case YOKE_STATE_FAILED:
        if (returned == YOKE_NOT_DONE) /* which would mean that it has not ended */
            returned = YOKE_JOB_FAILED;
        REQUIRE(ran ? status == returned : status != YOKE_OK, "job %u has status %d, returned %d",
                job, status, returned);
        break;
    default:
        REQUIRE(status == YOKE_LOST, "job %u is lost with status %d", job, status);
    }
    REQUIRE((state == YOKE_STATE_DONE) == !*message && !strchr(message, '\n'),
            "the message of job %u in state %d is \"%s\"", job, (int)state, message);
    uint64_t done, total, told = atomic_load_explicit(&book->told, memory_order_relaxed);
    CALL(yoke_job_progress)(handle, &done, &total);
    REQUIRE(done == told && (total == 2 * told || !told),
            "job %u told %llu of its progress, not %llu", job, (unsigned long long)told,
            (unsigned long long)done);
    yoke_duration busy = CALL(yoke_job_busy)(handle);
    REQUIRE(busy >= 0 && (ran || !busy), "job %u was busy for %lld ns", job, (long long)busy);
    check_output(job, CALL(yoke_job_output)(handle));
}

void look_at_ended(unsigned job, yoke_job *handle)
{
    check_ended(job, handle, look_at_state(job, handle));
}

void play_look(const struct step *step, struct layer *layer)
{
    unsigned job = step->jobs[0];
    yoke_job *handle = hold(job);
    (void)layer;
    REQUIRE(CALL(yoke_job_state)(NULL) == YOKE_STATE_FAILED, "the state of no job");
    if (!handle)
        return;
    yoke_state state = look_at_state(job, handle);
    if (state >= YOKE_STATE_DONE) {
        check_ended(job, handle, state);
    } else {
        yoke_status status = CALL(yoke_job_status)(handle);
        yoke_duration busy = CALL(yoke_job_busy)(handle);
        (void)CALL(yoke_job_message)(handle);
        (void)CALL(yoke_job_output)(handle);
        CALL(yoke_job_progress)(handle, NULL, NULL);
        state = look_at_state(job, handle);
        REQUIRE(state >= YOKE_STATE_DONE || (status == YOKE_NOT_DONE && !busy),
                "job %u has not ended, with status %d", job, status);
    }
    drop(job);
}

void play_release(const struct step *step, struct layer *layer)
{
    struct book *book = &books[step->jobs[0]];
    (void)layer;
    if (atomic_load(&book->users) && !atomic_exchange(&book->given_back, true))
        drop(step->jobs[0]);
}

/* ---- cancelling ------------------------------------------------------------------------------ */

void play_cancel(const struct step *step, struct layer *layer)
{
    unsigned job = step->jobs[0];
    yoke_job *handle = hold(job);
    (void)layer;
    if (!handle)
        return;
    note_first(&books[job].cancelling);
    yoke_status status = CALL(yoke_job_cancel)(handle);
    note_first(&books[job].cancelled);
    REQUIRE(status == YOKE_OK, "a cancel is answered with %d", status);
    REQUIRE(look_at_state(job, handle) != YOKE_STATE_QUEUED, "job %u is cancelled, and queued",
            job);
    drop(job);
}

/* None that was in the group is queued, unless another cancel came by meanwhile, which may still be
 * at it. */
static void check_none_queued(unsigned server, unsigned group, long long begun)
{
    for (unsigned job = 0; job < plan.jobs; job++) {
        long long submitted = atomic_load_explicit(&books[job].submitted, memory_order_relaxed);
        if (plan.job_server[job] != server || plan.traits[job].group != (int)group || !submitted ||
            submitted > begun)
            continue;
        yoke_job *handle = hold(job);
        if (!handle)
            continue;
        REQUIRE(look_at_state(job, handle) != YOKE_STATE_QUEUED,
                "job %u is queued after a cancel of its group", job);
        drop(job);
    }
}

void play_cancel_group(const struct step *step, struct layer *layer)
{
    unsigned number = step->value % (plan.servers * GROUPS);
    unsigned server = number / GROUPS, group = number % GROUPS;
    struct server_book *book = &servers[server];
    (void)layer;
    if (!server_of(server))
        return;
    long long begun = now();
    unsigned earlier = atomic_fetch_add(&book->cancels_under_way[group], 1);
    unsigned count = atomic_fetch_add(&book->cancels[group], 1);
    yoke_status status = CALL(yoke_group_cancel)(atomic_load(&book->group[group]));
    REQUIRE(status == YOKE_OK, "a cancel of a group is answered with %d", status);
    if (!earlier && atomic_load(&book->cancels[group]) == count + 1)
        check_none_queued(server, group, begun);
    atomic_store(&book->cancel_ended[group], now());
    atomic_fetch_sub(&book->cancels_under_way[group], 1);
}
