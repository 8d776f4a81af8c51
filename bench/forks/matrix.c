/* See matrix.h. */
#include "matrix.h"

struct product matrix_part(const struct product *product, unsigned part)
{
    uint64_t half = product->size / 2, down = half * product->row;
    unsigned line = part & 1, column = part >> 1 & 1, inner = part >> 2;
    struct product quarter = {.a = product->a + line * down + inner * half,
                              .b = product->b + inner * down + column * half,
                              .c = product->c + line * down + column * half,
                              .size = half,
                              .row = product->row};
    return quarter;
}

void matrix_multiply_block(const struct product *product)
{
    uint64_t size = product->size, row = product->row;
    for (uint64_t i = 0; i < size; i++) {
        const double *restrict a = product->a + i * row, *restrict b = product->b;
        double *restrict c = product->c + i * row;
        for (uint64_t k = 0; k < size; k++)
            for (uint64_t j = 0; j < size; j++)
                c[j] += a[k] * b[k * row + j];
    }
}

void matrix_multiply(const struct product *product)
{
    if (product->size <= MATRIX_BLOCK) {
        matrix_multiply_block(product);
        return;
    }
    for (unsigned part = 0; part < MATRIX_PARTS; part++) {
        struct product quarter = matrix_part(product, part);
        matrix_multiply(&quarter);
    }
}
