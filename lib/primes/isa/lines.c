/* The bits of a line of a counted bitmap up to a number. */
#include "isa.h"

#define ONES_8  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
#define ONES_64 ONES_8, ONES_8, ONES_8, ONES_8, ONES_8, ONES_8, ONES_8, ONES_8

const uint8_t lines_mask[LANES + 1][2 * LINE_BYTES_MOST] = {
    {ONES_64, 0x00}, {ONES_64, 0x01}, {ONES_64, 0x03}, {ONES_64, 0x07}, {ONES_64, 0x0f},
    {ONES_64, 0x1f}, {ONES_64, 0x3f}, {ONES_64, 0x7f}, {ONES_64, 0xff},
};
