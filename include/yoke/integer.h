/* Integers beyond 64 bits, in a form that every compiler and language can pass around. */
#ifndef YOKE_INTEGER_H
#define YOKE_INTEGER_H

#include "compiler.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* The unsigned integer hi * 2^64 + lo. */
typedef struct yoke_uint128 {
    uint64_t lo;
    uint64_t hi;
} yoke_uint128;

/* Room for any yoke_uint128 in decimal: 39 digits and the closing zero byte. */
#define YOKE_UINT128_TEXT_SIZE 40

/* Writes `value` in decimal, without signs, leading zeros or separators, into `text`, which the
 * caller owns, and returns `text`. Any thread; never blocks, never fails. */
char *yoke_uint128_text(yoke_uint128 value, char text[YOKE_UINT128_TEXT_SIZE]);

/* The unsigned integer word[0] + word[1] * 2^64 + word[2] * 2^128 + word[3] * 2^192. */
typedef struct yoke_uint256 {
    uint64_t word[4];
} yoke_uint256;

/* Room for any yoke_uint256 in decimal: 78 digits and the closing zero byte. */
#define YOKE_UINT256_TEXT_SIZE 79

/* As yoke_uint128_text(). */
char *yoke_uint256_text(yoke_uint256 value, char text[YOKE_UINT256_TEXT_SIZE]);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
