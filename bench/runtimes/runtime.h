/* What the benchmarks of runtimes have in common: a clock, and what is to be known of a runtime.
 *
 * A runtime is opened for one measurement and closed after it, so that none is disturbed by
 * another's idle threads. Only one is open at a time. A function that fails reports and ends the
 * program: a benchmark has nothing left to do then. */
#ifndef RUNTIMES_RUNTIME_H
#define RUNTIMES_RUNTIME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Nanoseconds on the clock that all figures are read from. */
int64_t now(void);

/* Sleeps so long, less than a second. */
void rest(int64_t nanoseconds);

/* Keeps the processor busy for so long. */
void work_for(int64_t nanoseconds);

/* The first member of a struct with the functions that a benchmark measures. */
struct runtime {
    const char *name, *colour; /* the latter for the picture                                  */
    const char *(*version)(void);
    void (*open)(unsigned workers); /* NULL: it was not installed when this was compiled          */
    void (*close)(void);
};

/* So that it has the same in all pictures. */
#define COLOUR_YOKE   "#1b6ca8"
#define COLOUR_ONETBB "#c8553d"
#define COLOUR_STARPU "#7a9e3a"
#define COLOUR_OPENMP "#8a8a8a"
#define COLOUR_PLAIN  "#c9b458"
#define COLOUR_LACE   "#7d5ba6"

const char *openmp_version(void);

#ifdef __cplusplus
}
#endif

#endif
