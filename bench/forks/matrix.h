/* Products of square matrices, by quarters. */
#ifndef FORKS_MATRIX_H
#define FORKS_MATRIX_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What one thread multiplies: three such blocks fit into its second cache, and it takes long
 * against a fork. */
enum { MATRIX_BLOCK = 64 };

/* c += a * b, of squares within matrices whose rows have so many numbers. */
struct product {
    const double *a, *b;
    double *c;
    uint64_t size, row;
};

/* The eight products of quarters that a product is made of. The first four are of different
 * quarters of c, and so are the other four. */
enum { MATRIX_PARTS = 8, MATRIX_AT_ONCE = 4 };
struct product matrix_part(const struct product *product, unsigned part);

/* By one thread: a block, and a whole product by quarters. */
void matrix_multiply_block(const struct product *product);
void matrix_multiply(const struct product *product);

#ifdef __cplusplus
}
#endif

#endif
