/* A binary heap of alarms; each job keeps its index there, so that its alarm can be changed and
 * removed in the middle. See timer.h. */
#include "timer.h"

#include <stdlib.h>

#include "base/debug.h"
#include "base/delay.h"
#include "executor.h"
#include "server/workers/team.h"
#include "wake.h"

/* ---- the heap -------------------------------------------------------------------------------- */

static void put(struct timer *timer, size_t index, struct alarm alarm)
{
    timer->heap[index] = alarm;
    job_extras(alarm.job)->alarm = index;
}

static void move_up(struct timer *timer, size_t index, struct alarm alarm)
{
    for (size_t parent; index && alarm.time < timer->heap[parent = (index - 1) / 2].time;
         index = parent)
        put(timer, index, timer->heap[parent]);
    put(timer, index, alarm);
}

static void move_down(struct timer *timer, size_t index, struct alarm alarm)
{
    for (size_t child; (child = 2 * index + 1) < timer->count; index = child) {
        if (child + 1 < timer->count && timer->heap[child + 1].time < timer->heap[child].time)
            child++;
        if (alarm.time <= timer->heap[child].time)
            break;
        put(timer, index, timer->heap[child]);
    }
    put(timer, index, alarm);
}

void timer_unset(struct timer *timer, yoke_job *job)
{
    size_t index = job_extras(job)->alarm;
    if (index == ALARM_NONE)
        return;
    job_extras(job)->alarm = ALARM_NONE;
    struct alarm last = timer->heap[--timer->count];
    if (index == timer->count)
        return;
    /* The last alarm takes the free place; it may be too early there or too late. */
    if (index && last.time < timer->heap[(index - 1) / 2].time)
        move_up(timer, index, last);
    else
        move_down(timer, index, last);
}

static void set(struct timer *timer, yoke_job *job, int64_t time)
{
    debug_assert(timer->count < timer->capacity);
    move_up(timer, timer->count++, (struct alarm){time, job});
}

bool timer_announce(struct timer *timer)
{
    int64_t next = timer->count ? timer->heap[0].time : INT64_MAX;
    return next < atomic_exchange(&timer->next, next);
}

/* ---- limits ---------------------------------------------------------------------------------- */

/* Sets the job's alarm to the earliest of `time`, its deadline and what it is now. */
static void advance(yoke_job *job, int64_t time)
{
    struct timer *timer = &job->server->timer;
    struct job_extras *extras = job_extras(job);
    lock_take(&timer->lock);
    if (extras->timed) { /* still: it may have ended meanwhile */
        if (extras->alarm != ALARM_NONE && timer->heap[extras->alarm].time < time)
            time = timer->heap[extras->alarm].time;
        if (extras->deadline < time)
            time = extras->deadline;
        timer_unset(timer, job);
        if (time < INT64_MAX)
            set(timer, job, time);
    }
    bool earlier = timer_announce(timer);
    lock_give(&timer->lock);
    if (earlier)
        wake_dispatcher(atomic_load(&timer->team));
}

/* Room for the alarm of one more job, so that setting it cannot fail later. */
static bool reserve(struct timer *timer)
{
    lock_take(&timer->lock);
    bool room = timer->jobs < timer->capacity;
    if (!room) {
        size_t capacity = timer->capacity ? 2 * timer->capacity : 64;
        struct alarm *heap = realloc(timer->heap, capacity * sizeof *heap);
        if (heap) {
            timer->heap = heap;
            timer->capacity = capacity;
            room = true;
        }
    }
    timer->jobs += room;
    lock_give(&timer->lock);
    return room;
}

bool timer_watch(yoke_job *job, const yoke_task *task)
{
    struct job_extras *extras = job_extras(job);
    if (!reserve(&job->server->timer))
        return false;
    extras->timed = true;
    extras->limit = task->time_limit;
    extras->deadline = task->deadline ? os_deadline(task->deadline) : INT64_MAX;
    extras->alarm = ALARM_NONE;
    return true;
}

void timer_arm(yoke_job *job)
{
    advance(job, INT64_MAX);
}

void timer_start(yoke_job *job)
{
    yoke_duration limit = job_extras(job)->limit;
    if (limit)
        advance(job, os_deadline(limit));
}

void timer_forget(yoke_job *job)
{
    struct job_extras *extras = job_extras(job);
    if (!extras || !extras->timed)
        return;
    struct timer *timer = &job->server->timer;
    lock_take(&timer->lock);
    extras->timed = false;
    timer_unset(timer, job);
    timer_announce(timer);
    timer->jobs--;
    lock_give(&timer->lock);
}

int64_t timer_next(yoke_server *server, const struct team *team)
{
    struct timer *timer = &server->timer;
    int64_t next = atomic_load(&timer->next);
    return atomic_load(&timer->team) == team && next < INT64_MAX ? next : -1;
}
