/* Draws single steps of a plan: see draw.h. */
#include "draw.h"

#include <string.h>

static const unsigned char odds[VERB_COUNT][TRAIT] = {
#define VERB_ODDS(name, words, ...) {__VA_ARGS__},
    VERBS(VERB_ODDS)
#undef VERB_ODDS
};

struct step *draw_step(struct drawing *drawing, enum where where, unsigned owner, enum verb verb)
{
    struct plan *plan = drawing->plan;
    if (plan->steps == STEPS_MAX)
        return NULL;
    struct step *step = &plan->step[plan->steps++];
    *step = (struct step){
        .where = (uint8_t)where,
        .verb = (uint8_t)verb,
        .owner = (uint16_t)owner,
        .value = (uint32_t)random_next(&drawing->random),
    };
    return step;
}

void draw_step_about(struct drawing *drawing, enum where where, unsigned owner, enum verb verb,
                     unsigned job)
{
    struct step *step = draw_step(drawing, where, owner, verb);
    if (!step)
        return;
    step->jobs[0] = (uint16_t)job;
    step->count = 1;
}

/* Mostly a late one: early ones have ended long ago. */
static unsigned draw_late(struct drawing *drawing, unsigned count)
{
    unsigned late = count < 12 ? count : 12;
    return draw_below(drawing, 4) ? count - 1 - draw_below(drawing, late)
                                  : draw_below(drawing, count);
}

unsigned draw_job_known(struct drawing *drawing)
{
    if (drawing->plan->cycles && drawing->plan->jobs)
        return draw_late(drawing, drawing->plan->jobs);
    if (!drawing->finished_count)
        return NO_JOB;
    return drawing->finished[draw_late(drawing, drawing->finished_count)];
}

static enum verb draw_verb(struct drawing *drawing, enum where where)
{
    unsigned total = 0;
    for (unsigned verb = 0; verb < VERB_COUNT; verb++)
        total += odds[verb][where];
    unsigned left = draw_below(drawing, total), verb = 0;
    while (left >= odds[verb][where])
        left -= odds[verb++][where];
    return (enum verb)verb;
}

static bool is_about_a_job(enum verb verb)
{
    return (verb >= VERB_WAIT && verb <= VERB_RESULT_OF) || verb == VERB_LOOK ||
           verb == VERB_RELEASE || verb == VERB_CANCEL || verb == VERB_FOLLOW;
}

void draw_any(struct drawing *drawing, enum where where, unsigned owner)
{
    enum verb verb = draw_verb(drawing, where);
    unsigned job = is_about_a_job(verb) ? draw_job_known(drawing) : 0;
    struct step *step = job == NO_JOB ? NULL : draw_step(drawing, where, owner, verb);
    if (!step || !is_about_a_job(verb))
        return;
    step->jobs[step->count++] = (uint16_t)job;
    bool several = verb == VERB_WAIT_ANY || verb == VERB_WAIT_ALL;
    for (unsigned more = several ? draw_below(drawing, OTHERS_MAX) : 0; more; more--)
        step->jobs[step->count++] = (uint16_t)draw_job_known(drawing);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

unsigned draw_job_begin(struct drawing *drawing, unsigned server)
{
    struct plan *plan = drawing->plan;
    if (plan->jobs == JOBS_MAX || plan->steps + 40 > STEPS_MAX)
        return NO_JOB;
    plan->job_server[plan->jobs] = (uint8_t)server;
    return plan->jobs++;
}

static void draw_after(struct drawing *drawing, unsigned job)
{
    for (unsigned count = 1 + draw_below(drawing, 3); count; count--) {
        unsigned other = drawing->finished_count
                             ? drawing->finished[draw_late(drawing, drawing->finished_count)]
                             : NO_JOB;
        if (other != NO_JOB && other != job &&
            drawing->plan->job_server[other] == drawing->plan->job_server[job])
            draw_step_about(drawing, TRAIT, job, VERB_AFTER, other);
    }
}

/* What a trait is worth: `least` and up to `more` above. */
static const struct {
    enum verb verb;
    unsigned odds, least, more;
} traits[] = {
    {VERB_CALLED_BACK, 3, 0, 0},
    {VERB_CALLBACK_FAILS, 8, 0, 0},
    {VERB_IN_GROUP, 4, 0, GROUPS - 1},
    {VERB_PRIORITY, 4, 0, 63},
    {VERB_PLACE, 12, 1, 3},
    {VERB_TIME_LIMIT, 12, 1, 2000},
    {VERB_DEADLINE, 8, 1, 3000},
    {VERB_TRIES, 10, 1, 3},
    {VERB_FAILS, 6, 1, 3},
    {VERB_HEEDS, 2, 0, 0},
    {VERB_RESULT_SIZE, 2, 1, 7},
    {VERB_RESULT_SIZE, 32, UNITS_MAX, 0},
    {VERB_ARGUMENT_SIZE, 4, 1, 7},
    {VERB_ARGUMENT_SIZE, 32, UNITS_MAX, 0},
    {VERB_NO_HANDLE, 12, 0, 0},
    {VERB_TRY_SUBMIT, 10, 0, 0},
    {VERB_ELSEWHERE, 3, 0, 0},
    {VERB_KEYED, 3, 0, 0},
    {VERB_AFTER_POLICY, 3, YOKE_AFTER_FAIL, 1},
};

static void draw_trait(struct drawing *drawing, unsigned job, unsigned i)
{
    struct step *step = draw_step(drawing, TRAIT, job, traits[i].verb);
    if (step)
        step->value = traits[i].least + step->value % (traits[i].more + 1);
}

void draw_priority(struct drawing *drawing, unsigned job)
{
    for (unsigned i = 0; i < sizeof traits / sizeof traits[0]; i++)
        if (traits[i].verb == VERB_PRIORITY)
            draw_trait(drawing, job, i);
}

void draw_traits(struct drawing *drawing, unsigned job)
{
    if (draw_one_in(drawing, 4))
        draw_after(drawing, job);
    for (unsigned i = 0; i < sizeof traits / sizeof traits[0]; i++)
        if (draw_one_in(drawing, traits[i].odds))
            draw_trait(drawing, job, i);
}

void draw_job_finish(struct drawing *drawing, unsigned job, enum where where, unsigned owner)
{
    draw_step_about(drawing, where, owner, VERB_SUBMIT, job);
    drawing->finished[drawing->finished_count++] = job;
}
