/* Sums by OpenMP and in plain loops: see work.h. */
#include "work.h"

double openmp_sum(const double *x, size_t count)
{
    double sum = 0;
#pragma omp parallel for simd reduction(+ : sum)
    for (size_t i = 0; i < count; i++)
        sum += x[i];
    return sum;
}

double openmp_dot(const double *x, const double *y, size_t count)
{
    double sum = 0;
#pragma omp parallel for simd reduction(+ : sum)
    for (size_t i = 0; i < count; i++)
        sum += x[i] * y[i];
    return sum;
}

/* The same text for each width, and for one and four sums at a time: one is what gcc makes of
 * `omp simd reduction`, since gcc does not unroll it. */
#define SUM(name, target, bytes, sums)                                                             \
    target static double name(const double *x, size_t count)                                       \
    {                                                                                              \
        typedef double vector __attribute__((vector_size(bytes), aligned(8)));                     \
        const size_t each = (bytes) / sizeof *x;                                                   \
        vector sum[sums] = {{0}};                                                                  \
        double total = 0;                                                                          \
        size_t i = 0;                                                                              \
        for (; i + (sums)*each <= count; i += (sums)*each)                                         \
            for (size_t j = 0; j < (sums); j++)                                                    \
                sum[j] += *(const vector *)(x + i + j * each);                                     \
        for (size_t j = 0; j < (sums); j++)                                                        \
            for (size_t lane = 0; lane < each; lane++)                                             \
                total += sum[j][lane];                                                             \
        for (; i < count; i++)                                                                     \
            total += x[i];                                                                         \
        return total;                                                                              \
    }

SUM(plain_sixteen, , 16, 1)
SUM(wide_sixteen, , 16, 4)
#if defined(__x86_64__)
SUM(plain_avx2, __attribute__((target("avx2"))), 32, 1)
SUM(wide_avx2, __attribute__((target("avx2"))), 32, 4)
SUM(plain_avx512, __attribute__((target("avx512f"))), 64, 1)
SUM(wide_avx512, __attribute__((target("avx512f"))), 64, 4)
#endif

double plain_sum(const double *x, size_t count)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return plain_avx512(x, count);
    if (__builtin_cpu_supports("avx2"))
        return plain_avx2(x, count);
#endif
    return plain_sixteen(x, count);
}

double wide_sum(const double *x, size_t count)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return wide_avx512(x, count);
    if (__builtin_cpu_supports("avx2"))
        return wide_avx2(x, count);
#endif
    return wide_sixteen(x, count);
}
