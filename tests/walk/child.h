/* Plans played in a process of their own. */
#ifndef WALK_CHILD_H
#define WALK_CHILD_H

#include "plan.h"

enum { OUTPUT_MAX = 1 << 20 };

/* How a child has ended, and what it printed. */
struct report {
    enum { PASSED, FOUND, HUNG, CRASHED } ending;
    int code;       /* of the exit, or the signal */
    unsigned plans; /* that it has begun */
    uint64_t seed;  /* of the last of them */
    unsigned time;  /* that it was played, if many times */
    char place[64]; /* of the line that found it */
    char output[OUTPUT_MAX];
};

/* Plays `plans` plans from `seed` on, or the one plan `times` times, without the steps that are
 * gone in `kept`, which may be NULL. */
void child_play(uint64_t seed, unsigned plans, unsigned times, const struct plan *kept,
                struct report *report);

/* The child itself: `arguments` behind "--play". */
int child_main(char **arguments);

/* How often each function was called, by all children so far. */
extern unsigned long child_calls[];

#endif
