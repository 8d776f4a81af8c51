/* Which instruction sets yoke has inner loops for, and which of them this processor can run. One
 * choice serves all of them: YOKE_ISA forces it. */
#ifndef BASE_INSTRUCTION_SET_H
#define BASE_INSTRUCTION_SET_H

#include <stdbool.h>

/* Whether this processor can run what was compiled for the set of that name; false for a name that
 * is none on this architecture. "portable" always can. */
bool instruction_set_runs(const char *name);

/* The name of the one in use: what YOKE_ISA says, else the best that can run. NULL when YOKE_ISA
 * names one that cannot be had: *problem then says why. Chosen on first use; the choice stays. */
const char *instruction_set_choose(const char **problem);

/* The names of those that can run, best first, each after a blank; returns `text`. */
#define INSTRUCTION_SET_LIST_SIZE 64
const char *instruction_set_list(char text[INSTRUCTION_SET_LIST_SIZE]);

#endif
