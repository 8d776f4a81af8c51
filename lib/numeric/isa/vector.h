/* Vectors of VECTOR_BYTES bytes, which the including file sets to what its instruction set holds in
 * a register, as doubles. The compiler's own vectors do the arithmetic. */
#ifndef NUMERIC_ISA_VECTOR_H
#define NUMERIC_ISA_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef double vector __attribute__((vector_size(VECTOR_BYTES)));
typedef int64_t vector_mask __attribute__((vector_size(VECTOR_BYTES)));

/* How many numbers a vector holds. */
#define VECTOR_DOUBLES (VECTOR_BYTES / 8)

static inline vector vector_load(const double *from)
{
    vector numbers;
    memcpy(&numbers, from, sizeof numbers);
    return numbers;
}

static inline void vector_store(double *to, vector numbers)
{
    memcpy(to, &numbers, sizeof numbers);
}

static inline vector vector_all(double number)
{
    vector numbers = {0};
    for (size_t i = 0; i < VECTOR_DOUBLES; i++)
        numbers[i] = number;
    return numbers;
}

#endif
