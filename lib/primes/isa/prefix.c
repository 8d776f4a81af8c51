/* The tables by which the bits of a word up to a number are counted and summed. */
#include "prefix.h"

/* Written by the loop `for each bit b, offset = 30 * (b / 8) + residue[b % 8]`; checked by a test.
 */
const uint64_t prefix_plane[8] = {
    UINT64_C(0xffffffffffffffff), UINT64_C(0x9966996699669966), UINT64_C(0xac3553caac3553ca),
    UINT64_C(0xce46627331b99d8c), UINT64_C(0x0f878383c1c1e1f0), UINT64_C(0xf007fc03fe01fe00),
    UINT64_C(0xfff80003fffe0000), UINT64_C(0xfffffffc00000000),
};

#define NUMBERS(n) (n) + 1, (n) + 7, (n) + 11, (n) + 13, (n) + 17, (n) + 19, (n) + 23, (n) + 29

const uint8_t prefix_number[64] = {NUMBERS(0),   NUMBERS(30),  NUMBERS(60),  NUMBERS(90),
                                   NUMBERS(120), NUMBERS(150), NUMBERS(180), NUMBERS(210)};

/* The lowest n bits, n from 0 to 64. */
#define LOWEST(n) ((n) < 64 ? (UINT64_C(1) << ((n) % 64)) - 1 : UINT64_MAX)

/* A byte stands for 30 numbers: of the 8 bits, how many lie at each of them or below. */
#define BYTE(j)                                                                                    \
    LOWEST(8 * (j)), LOWEST(8 * (j) + 1), LOWEST(8 * (j) + 1), LOWEST(8 * (j) + 1),                \
        LOWEST(8 * (j) + 1), LOWEST(8 * (j) + 1), LOWEST(8 * (j) + 1), LOWEST(8 * (j) + 2),        \
        LOWEST(8 * (j) + 2), LOWEST(8 * (j) + 2), LOWEST(8 * (j) + 2), LOWEST(8 * (j) + 3),        \
        LOWEST(8 * (j) + 3), LOWEST(8 * (j) + 4), LOWEST(8 * (j) + 4), LOWEST(8 * (j) + 4),        \
        LOWEST(8 * (j) + 4), LOWEST(8 * (j) + 5), LOWEST(8 * (j) + 5), LOWEST(8 * (j) + 6),        \
        LOWEST(8 * (j) + 6), LOWEST(8 * (j) + 6), LOWEST(8 * (j) + 6), LOWEST(8 * (j) + 7),        \
        LOWEST(8 * (j) + 7), LOWEST(8 * (j) + 7), LOWEST(8 * (j) + 7), LOWEST(8 * (j) + 7),        \
        LOWEST(8 * (j) + 7), LOWEST(8 * (j) + 8)

const uint64_t prefix_mask[WORD_NUMBERS] = {BYTE(0), BYTE(1), BYTE(2), BYTE(3),
                                            BYTE(4), BYTE(5), BYTE(6), BYTE(7)};
