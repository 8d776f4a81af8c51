/* Fills the bitmap that every segment of the hard leaves starts from. */
#include "tiny.h"

#include <stddef.h>
#include <string.h>

#include "factors.h"

void tiny_fill(uint8_t bytes[TINY_BYTES])
{
    static const uint8_t residue[8] = {1, 7, 11, 13, 17, 19, 23, 29};
    static const uint8_t prime[] = {7, 11, 13, 17};
    memset(bytes, 0xff, TINY_BYTES);
    for (size_t i = 0; i < sizeof prime; i++)
        for (uint32_t p = prime[i], j = 0, m = p; m < TINY_PERIOD;
             j++, m = p * (30 * (j / 8) + residue[j % 8]))
            bytes[m / 30] &= (uint8_t) ~(1u << (factors_up_to(m % 30) - 1));
}
