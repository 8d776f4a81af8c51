/* Draws whole plans, pattern by pattern, and works out what their steps say of servers and jobs:
 * see plan.h. */
#include "plan.h"

#include <string.h>

#include "draw.h"

/* ---- patterns -------------------------------------------------------------------------------- */

static unsigned draw_server(struct drawing *drawing)
{
    return draw_below(drawing, 3) ? 0 : draw_below(drawing, drawing->plan->servers);
}

static void draw_job(struct drawing *drawing, enum where where, unsigned owner, unsigned server,
                     unsigned depth);

/* So many steps, some of which submit jobs. */
static void draw_script(struct drawing *drawing, enum where where, unsigned job, unsigned server,
                        unsigned depth, unsigned count)
{
    while (count--)
        if (depth && draw_one_in(drawing, 3))
            draw_job(drawing, where, job, draw_one_in(drawing, 3) ? draw_server(drawing) : server,
                     depth - 1);
        else
            draw_any(drawing, where, job);
}

/* The scripts of one job, which may submit others. */
static void draw_scripts(struct drawing *drawing, unsigned job, unsigned server, unsigned depth)
{
    draw_script(drawing, KERNEL, job, server, depth, draw_below(drawing, 4));
    if (draw_one_in(drawing, 8)) {
        draw_step(drawing, KERNEL, job, VERB_TASKS);
        draw_script(drawing, TASK, job, server, depth, 1 + draw_below(drawing, 3));
    }
    if (draw_one_in(drawing, 8)) {
        static const enum verb verbs[] = {VERB_LOOP, VERB_PARALLEL, VERB_DIVIDE};
        draw_step(drawing, KERNEL, job, verbs[draw_below(drawing, 3)]);
        draw_script(drawing, PIECE, job, server, depth, 1 + draw_below(drawing, 2));
    }
    draw_script(drawing, CALLBACK, job, server, depth, draw_below(drawing, 3));
}

static void draw_job(struct drawing *drawing, enum where where, unsigned owner, unsigned server,
                     unsigned depth)
{
    unsigned job = draw_job_begin(drawing, server);
    if (job == NO_JOB)
        return;
    draw_scripts(drawing, job, server, depth);
    draw_traits(drawing, job);
    draw_job_finish(drawing, job, where, owner);
}

/* A job that does the one step, about jobs that are drawn already, and little else. */
static unsigned draw_simple(struct drawing *drawing, unsigned thread, unsigned server,
                            enum verb verb, const unsigned *jobs, unsigned count)
{
    unsigned job = draw_job_begin(drawing, server);
    if (job == NO_JOB)
        return NO_JOB;
    if (draw_one_in(drawing, 3))
        draw_step(drawing, KERNEL, job, VERB_LINGER);
    struct step *step = count ? draw_step(drawing, KERNEL, job, verb) : NULL;
    for (unsigned i = 0; step && i < count && i < OTHERS_MAX; i++)
        step->jobs[step->count++] = (uint16_t)jobs[i];
    if (draw_one_in(drawing, 4))
        draw_traits(drawing, job);
    draw_job_finish(drawing, job, THREAD, thread);
    return job;
}

/* One after the other; now and then a job waits for one of them. */
static void draw_chain(struct drawing *drawing, unsigned thread, unsigned server)
{
    unsigned last = NO_JOB;
    for (unsigned length = 2 + draw_below(drawing, 10); length; length--) {
        unsigned job = draw_job_begin(drawing, server);
        if (job == NO_JOB)
            return;
        if (last != NO_JOB)
            draw_step_about(drawing, TRAIT, job, VERB_AFTER, last);
        if (draw_one_in(drawing, 3))
            draw_any(drawing, KERNEL, job);
        draw_traits(drawing, job);
        draw_job_finish(drawing, job, THREAD, thread);
        last = job;
        if (draw_one_in(drawing, 2) &&
            (job = draw_simple(drawing, thread, server, VERB_WAIT, &last, 1)) != NO_JOB &&
            draw_one_in(drawing, 2))
            last = job;
    }
}

/* Some jobs, one after all of them, and some after that one: fan-in, fan-out, diamonds. */
static void draw_fans(struct drawing *drawing, unsigned thread, unsigned server)
{
    unsigned first = drawing->finished_count;
    for (unsigned width = 1 + draw_below(drawing, AFTER_MAX); width; width--)
        draw_job(drawing, THREAD, thread, server, 1);
    unsigned middle = draw_job_begin(drawing, server);
    if (middle == NO_JOB)
        return;
    for (unsigned i = first; i < drawing->finished_count; i++)
        if (drawing->plan->job_server[drawing->finished[i]] == server)
            draw_step_about(drawing, TRAIT, middle, VERB_AFTER, drawing->finished[i]);
    draw_traits(drawing, middle);
    draw_job_finish(drawing, middle, THREAD, thread);
    for (unsigned width = draw_below(drawing, 5); width; width--) {
        unsigned job = draw_job_begin(drawing, server);
        if (job == NO_JOB)
            return;
        draw_step_about(drawing, TRAIT, job, VERB_AFTER, middle);
        draw_traits(drawing, job);
        draw_job_finish(drawing, job, THREAD, thread);
    }
}

/* A job that submits one and waits for it, that submits one ...: on one server or to and fro. */
static void draw_nest(struct drawing *drawing, enum where where, unsigned owner, unsigned depth,
                      bool to_and_fro)
{
    unsigned server = to_and_fro ? depth % drawing->plan->servers : 0;
    unsigned job = draw_job_begin(drawing, server);
    if (job == NO_JOB)
        return;
    if (depth) {
        unsigned inner = drawing->plan->jobs;
        draw_nest(drawing, KERNEL, job, depth - 1, to_and_fro);
        if (inner < drawing->plan->jobs)
            draw_step_about(drawing, KERNEL, job, VERB_RESULT_OF, inner);
    }
    draw_job_finish(drawing, job, where, owner);
}

/* Jobs that are at work and wait each for the next. */
static void draw_queue_of_waiters(struct drawing *drawing, unsigned thread, unsigned server)
{
    unsigned last = NO_JOB;
    for (unsigned length = 2 + draw_below(drawing, 8); length; length--) {
        unsigned job = draw_job_begin(drawing, server);
        if (job == NO_JOB)
            return;
        if (last == NO_JOB) {
            draw_step(drawing, KERNEL, job, VERB_LINGER);
            unsigned inner = drawing->plan->jobs;
            draw_job(drawing, KERNEL, job, server, 0);
            draw_step(drawing, KERNEL, job, VERB_LINGER);
            if (inner < drawing->plan->jobs)
                draw_step_about(drawing, KERNEL, job, VERB_WAIT, inner);
        } else {
            draw_step_about(drawing, KERNEL, job, VERB_FOLLOW, last);
            draw_step_about(drawing, KERNEL, job, VERB_WAIT, last);
        }
        draw_job_finish(drawing, job, THREAD, thread);
        last = job;
    }
}

/* Several jobs that wait for the same ones, behind jobs that keep the workers busy meanwhile. */
static void draw_crowd(struct drawing *drawing, unsigned thread, unsigned server)
{
    unsigned jobs[OTHERS_MAX], count = 0;
    for (unsigned busy = draw_below(drawing, 4); busy; busy--) {
        unsigned job = draw_job_begin(drawing, server);
        if (job == NO_JOB)
            return;
        draw_step(drawing, KERNEL, job, VERB_LINGER);
        draw_job_finish(drawing, job, THREAD, thread);
    }
    for (unsigned wanted = 1 + draw_below(drawing, OTHERS_MAX); wanted; wanted--) {
        unsigned before = drawing->finished_count;
        draw_job(drawing, THREAD, thread, server, 0);
        draw_job(drawing, THREAD, thread, server, 0);
        if (drawing->finished_count < before + 2)
            return;
        jobs[count++] = drawing->finished[before + 1];
        draw_step_about(drawing, TRAIT, jobs[count - 1], VERB_AFTER, drawing->finished[before]);
    }
    for (unsigned waiters = 2 + draw_below(drawing, 5); waiters; waiters--) {
        enum verb verb = draw_one_in(drawing, 2) ? VERB_WAIT_ANY : VERB_WAIT_ALL;
        unsigned job = draw_simple(drawing, thread, server, verb, jobs, count);
        if (job != NO_JOB)
            draw_priority(drawing, job);
    }
}

static void draw_pattern(struct drawing *drawing, unsigned thread)
{
    unsigned server = draw_server(drawing);
    switch (draw_below(drawing, 20)) {
    case 0:
        draw_chain(drawing, thread, server);
        break;
    case 1:
        draw_fans(drawing, thread, server);
        break;
    case 2:
        draw_nest(drawing, THREAD, thread, draw_below(drawing, 14), draw_below(drawing, 3) > 0);
        break;
    case 3:
        draw_queue_of_waiters(drawing, thread, server);
        break;
    case 4:
        draw_crowd(drawing, thread, server);
        break;
    case 5:
    case 6:
    case 7:
    case 8:
        draw_job(drawing, THREAD, thread, server, 3);
        break;
    default:
        draw_any(drawing, THREAD, thread);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void draw_servers(struct drawing *drawing)
{
    struct plan *plan = drawing->plan;
    plan->servers = 1 + draw_below(drawing, SERVERS_MAX);
    for (unsigned i = 0; i < plan->servers; i++) {
        struct server_plan *server = &plan->server[i];
        server->workers = 1 + draw_below(drawing, 4);
        server->capacity = draw_one_in(drawing, 4) ? 1 + draw_below(drawing, 20) : 0;
        server->executor = draw_one_in(drawing, 5) ? 1 + draw_below(drawing, 2) : STAYS_HERE;
        server->trace = draw_one_in(drawing, 3);
        server->late = i && draw_one_in(drawing, 4);
    }
}

void plan_draw(struct plan *plan, uint64_t seed)
{
    struct drawing drawing = {.plan = plan, .random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
    memset(plan, 0, sizeof *plan);
    plan->seed = seed;
    for (unsigned i = 0; i < 8; i++) /* neighbouring seeds begin alike */
        random_next(&drawing.random);
    draw_servers(&drawing);
    plan->threads = 1 + draw_below(&drawing, THREADS_MAX);
    plan->cycles = draw_one_in(&drawing, 4);
    plan->groups_first = draw_one_in(&drawing, 2);
    plan->leave_early = draw_one_in(&drawing, 3);
    for (unsigned size = 4 + draw_below(&drawing, 6u << draw_below(&drawing, 6)); size; size--)
        draw_pattern(&drawing, draw_below(&drawing, plan->threads));
}

static void settle_after(struct traits *traits, unsigned job)
{
    if (traits->after_count < AFTER_MAX)
        traits->after[traits->after_count++] = job;
}

static void settle_trait(struct plan *plan, const struct step *step)
{
    struct traits *traits = &plan->traits[step->owner];
    unsigned *const numbers[VERB_COUNT] = {
        [VERB_AFTER_POLICY] = &traits->policy,
        [VERB_PLACE] = &traits->place,
        [VERB_TIME_LIMIT] = &traits->time_limit,
        [VERB_DEADLINE] = &traits->deadline,
        [VERB_TRIES] = &traits->tries,
        [VERB_FAILS] = &traits->fails,
        [VERB_RESULT_SIZE] = &traits->result_units,
        [VERB_ARGUMENT_SIZE] = &traits->argument_units,
    };
    bool *const flags[VERB_COUNT] = {
        [VERB_CALLED_BACK] = &traits->callback,  [VERB_CALLBACK_FAILS] = &traits->callback_fails,
        [VERB_HEEDS] = &traits->heeds,           [VERB_NO_HANDLE] = &traits->no_handle,
        [VERB_TRY_SUBMIT] = &traits->try_submit, [VERB_ELSEWHERE] = &traits->elsewhere,
        [VERB_KEYED] = &traits->keyed,
    };
    if (numbers[step->verb])
        *numbers[step->verb] = step->value;
    else if (flags[step->verb])
        *flags[step->verb] = true;
    else if (step->verb == VERB_AFTER)
        settle_after(traits, step->jobs[0]);
    else if (step->verb == VERB_IN_GROUP)
        traits->group = (int)step->value;
    else
        traits->priority = (int)step->value + YOKE_PRIORITY_MIN;
}

void plan_settle(struct plan *plan)
{
    uint16_t last[WHERES][JOBS_MAX];
    for (unsigned job = 0; job < JOBS_MAX; job++) {
        plan->traits[job] = (struct traits){.server = plan->job_server[job], .group = -1};
        for (unsigned where = 0; where < WHERES; where++)
            plan->first[where][job] = last[where][job] = STEPS_MAX;
    }
    for (unsigned i = 0; i < plan->steps; i++) {
        struct step *step = &plan->step[i];
        if (step->gone)
            continue;
        if (step->where == TRAIT) {
            settle_trait(plan, step);
            continue;
        }
        uint16_t *before = &last[step->where][step->owner];
        step->next = STEPS_MAX;
        *(*before == STEPS_MAX ? &plan->first[step->where][step->owner]
                               : &plan->step[*before].next) = (uint16_t)i;
        *before = (uint16_t)i;
    }
}
