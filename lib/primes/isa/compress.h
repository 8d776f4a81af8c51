/* For vectors that cannot compress: which bytes of four 32-bit numbers come first when some of them
 * are chosen, by the set of these. */
#ifndef PRIMES_ISA_COMPRESS_H
#define PRIMES_ISA_COMPRESS_H

#include <stdint.h>

#define NUMBER(n) 4 * n, 4 * n + 1, 4 * n + 2, 4 * n + 3
/* clang-format off */
#define ROW(a, b, c, d) {NUMBER(a), NUMBER(b), NUMBER(c), NUMBER(d)}
/* clang-format on */

static const _Alignas(16) uint8_t compress_row[16][16] = {
    ROW(0, 0, 0, 0), ROW(0, 0, 0, 0), ROW(1, 0, 0, 0), ROW(0, 1, 0, 0),
    ROW(2, 0, 0, 0), ROW(0, 2, 0, 0), ROW(1, 2, 0, 0), ROW(0, 1, 2, 0),
    ROW(3, 0, 0, 0), ROW(0, 3, 0, 0), ROW(1, 3, 0, 0), ROW(0, 1, 3, 0),
    ROW(2, 3, 0, 0), ROW(0, 2, 3, 0), ROW(1, 2, 3, 0), ROW(0, 1, 2, 3),
};

static const uint8_t compress_count[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};

#undef ROW
#undef NUMBER

#endif
