/* What others do with arrays, in turn with yoke: OpenMP, a plain loop, and oneTBB. */
#ifndef ARRAYS_WORK_H
#define ARRAYS_WORK_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `parallel for simd reduction` on all threads. */
double openmp_sum(const double *x, size_t count);
double openmp_dot(const double *x, const double *y, size_t count);

/* One thread, by the widest vectors that this processor has: one vector at a time, as compilers
 * make of the loop that everybody writes, and four at a time. */
double plain_sum(const double *x, size_t count);
double wide_sum(const double *x, size_t count);

/* Inclusive prefix sums by parallel_scan; onetbb_version() is NULL where that was not installed
 * when this was compiled. */
const char *onetbb_version(void);
void onetbb_scan(const double *x, size_t count, double *out);

#ifdef __cplusplus
}
#endif

#endif
