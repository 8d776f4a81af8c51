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

/* The same text for each width. */
#define SUMS(name, target, bytes)                                                                  \
    typedef double name##_vector __attribute__((vector_size(bytes), aligned(8)));                  \
    target static double plain_##name(const double *x, size_t count)                               \
    {                                                                                              \
        double sum = 0;                                                                            \
        _Pragma("omp simd reduction(+ : sum)") for (size_t i = 0; i < count; i++) sum += x[i];     \
        return sum;                                                                                \
    }                                                                                              \
    target static double wide_##name(const double *x, size_t count)                                \
    {                                                                                              \
        const size_t each = (bytes) / sizeof *x;                                                   \
        name##_vector sum[4] = {{0}};                                                              \
        size_t i = 0;                                                                              \
        for (; i + 4 * each <= count; i += 4 * each) {                                             \
            sum[0] += *(const name##_vector *)(x + i);                                             \
            sum[1] += *(const name##_vector *)(x + i + each);                                      \
            sum[2] += *(const name##_vector *)(x + i + 2 * each);                                  \
            sum[3] += *(const name##_vector *)(x + i + 3 * each);                                  \
        }                                                                                          \
        name##_vector all = (sum[0] + sum[1]) + (sum[2] + sum[3]);                                 \
        double total = 0;                                                                          \
        for (size_t lane = 0; lane < each; lane++)                                                 \
            total += all[lane];                                                                    \
        for (; i < count; i++)                                                                     \
            total += x[i];                                                                         \
        return total;                                                                              \
    }

SUMS(sixteen, , 16)
#if defined(__x86_64__)
SUMS(avx2, __attribute__((target("avx2"))), 32)
SUMS(avx512, __attribute__((target("avx512f,prefer-vector-width=512"))), 64)
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
