/* The integer square root. */
#ifndef BASE_SQUARE_ROOT_H
#define BASE_SQUARE_ROOT_H

#include <stdint.h>

#include "uint128.h"

/* The largest integer whose square is at most n. */
uint32_t square_root(uint64_t n);
uint64_t square_root_wide(uint128 n);

#endif
