/* The processor's flags of what floating-point operations did, and the instructions around them
 * that the compiler's vectors do not have. */
#ifndef NUMERIC_ISA_FLAGS_H
#define NUMERIC_ISA_FLAGS_H

#include <stdbool.h>

#include "vector.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define FLAGS_ALL     0x3fu
#define FLAGS_INEXACT 0x21u /* or invalid; overflow and underflow come with it */

/* AVX-512 has 32 registers, half of which "x" leaves out. */
#if defined(__AVX512F__)
#define VECTOR_REGISTER "v"
#else
#define VECTOR_REGISTER "x"
#endif

static inline uint32_t flags_read(void)
{
    uint32_t control;
    __asm__ __volatile__("stmxcsr %0" : "=m"(control));
    return control;
}

/* Writing waits for all that is under way. */
static inline void flags_clear(void)
{
    uint32_t control = flags_read();
    if (control & FLAGS_ALL) {
        control &= ~FLAGS_ALL;
        __asm__ __volatile__("ldmxcsr %0" : : "m"(control));
    }
}

#if defined(__AVX512F__)
static inline vector vector_product_minus(vector a, vector b, vector c)
{
    return (vector)_mm512_fmsub_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
#else
static inline vector vector_product_minus(vector a, vector b, vector c)
{
    return (vector)_mm256_fmsub_pd((__m256d)a, (__m256d)b, (__m256d)c);
}

static inline vector vector_round(vector numbers)
{
    return (vector)_mm256_round_pd((__m256d)numbers, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
#endif

#elif defined(__aarch64__)
#include <arm_neon.h>

#define VECTOR_REGISTER "w"
#define FLAGS_ALL       0x9fu
#define FLAGS_INEXACT   0x11u

static inline uint64_t flags_read(void)
{
    uint64_t status;
    __asm__ __volatile__("mrs %0, fpsr" : "=r"(status));
    return status;
}

static inline void flags_clear(void)
{
    uint64_t status = flags_read();
    if (status & FLAGS_ALL)
        __asm__ __volatile__("msr fpsr, %0" : : "r"(status & ~(uint64_t)FLAGS_ALL));
}

static inline vector vector_product_minus(vector a, vector b, vector c)
{
    return -(vector)vfmsq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}

static inline vector vector_round(vector numbers)
{
    return (vector)vrndnq_f64((float64x2_t)numbers);
}

#endif

static inline bool flags_inexact(void)
{
    return flags_read() & FLAGS_INEXACT;
}

#endif
