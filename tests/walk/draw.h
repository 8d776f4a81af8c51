/* Drawing single steps of a plan. */
#ifndef WALK_DRAW_H
#define WALK_DRAW_H

#include "plan.h"
#include "random.h"

struct drawing {
    struct plan *plan;
    uint64_t random;
    /* Jobs that are drawn to the end: what comes later may wait for them, and rings never close. */
    unsigned finished[JOBS_MAX], finished_count;
};

static inline unsigned draw_below(struct drawing *drawing, unsigned limit)
{
    return (unsigned)random_below(&drawing->random, limit);
}

static inline bool draw_one_in(struct drawing *drawing, unsigned odds)
{
    return draw_below(drawing, odds) == 0;
}

/* A further step of the script; NULL when the plan is full. */
struct step *draw_step(struct drawing *drawing, enum where where, unsigned owner, enum verb verb);

/* The same with one job. */
void draw_step_about(struct drawing *drawing, enum where where, unsigned owner, enum verb verb,
                     unsigned job);

/* A job that the script may wait for; NO_JOB when there is none. */
unsigned draw_job_known(struct drawing *drawing);

/* A step of any kind but SUBMIT. */
void draw_any(struct drawing *drawing, enum where where, unsigned owner);

/* A new job for the server: its number, or NO_JOB when the plan is full. It is to be finished. */
unsigned draw_job_begin(struct drawing *drawing, unsigned server);
void draw_traits(struct drawing *drawing, unsigned job);
void draw_priority(struct drawing *drawing, unsigned job);
void draw_job_finish(struct drawing *drawing, unsigned job, enum where where, unsigned owner);

#endif
