/* The integer square root. */
#ifndef BASE_SQUARE_ROOT_H
#define BASE_SQUARE_ROOT_H

#include <stdint.h>

/* The largest integer whose square is at most n. */
uint32_t square_root(uint64_t n);

#endif
