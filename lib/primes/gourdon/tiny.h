/* The tiny primes 2 to 17, which no leaf has as a factor: the numbers without them repeat every
 * 510510. */
#ifndef PRIMES_GOURDON_TINY_H
#define PRIMES_GOURDON_TINY_H

#include <stdint.h>

/* One more would make the period, and with it the tables of Phi0, 19 times as long. */
#define TINY_PRIMES  7
#define TINY_LARGEST 17
#define TINY_PERIOD  510510
#define TINY_BYTES   (TINY_PERIOD / 30)

/* Fills one period of the bitmap of modulus 30 of the numbers without tiny factors. */
void tiny_fill(uint8_t bytes[TINY_BYTES]);

#endif
