/* A sum by the widest vectors that the processor has: see vectors.h. */
#include "vectors.h"

#include <stddef.h>

/* The same text for each width. One vector at a time is what gcc makes of `omp simd reduction`. */
#define SUM(name, target, bytes)                                                                   \
    target static double name(const double *x, uint64_t count)                                     \
    {                                                                                              \
        typedef double vector __attribute__((vector_size(bytes), aligned(8)));                     \
        const size_t each = (bytes) / sizeof *x;                                                   \
        vector sums = {0};                                                                         \
        double sum = 0;                                                                            \
        uint64_t i = 0;                                                                            \
        for (; i + each <= count; i += each)                                                       \
            sums += *(const vector *)(x + i);                                                      \
        for (size_t lane = 0; lane < each; lane++)                                                 \
            sum += sums[lane];                                                                     \
        for (; i < count; i++)                                                                     \
            sum += x[i];                                                                           \
        return sum;                                                                                \
    }

SUM(sum_by_sixteen, , 16)
#if defined(__x86_64__)
SUM(sum_by_avx2, __attribute__((target("avx2"))), 32)
SUM(sum_by_avx512, __attribute__((target("avx512f"))), 64)
#endif

double vectors_sum(const double *x, uint64_t count)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return sum_by_avx512(x, count);
    if (__builtin_cpu_supports("avx2"))
        return sum_by_avx2(x, count);
#endif
    return sum_by_sixteen(x, count);
}
