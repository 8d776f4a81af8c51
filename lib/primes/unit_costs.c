/* The constants of the cost model, a row for each instruction set. `make calibrate WRITE=1`
 * measures those that the processor can run, and writes their rows anew; the others it leaves. */
#include "unit_costs.h"

#include <stddef.h>
#include <string.h>

/* Of one core of an AMD Zen 5 with 1 MB of L2; sums of 1e17 to 1e20 by runs of their own. With neon
 * nothing was measured: its sieve is taken to be as fast as plain C, and its sums between that and
 * avx2. */
/* clang-format off */
static const struct unit_costs table[] = {
    {.isa = "avx512",
     .start = 11507,
     .tested = 86,
     .lucy = 1.22,
     .sieving_prime = {80.2, 25.4, 14.9, 7.51, 4.96, 8.47, 4.43, 3.27, 3.1, 3.24, 2.54},
     .narrow = {0.0379, 0.0507, 0.0653, 0.0982, 0.127, 0.141, 0.177, 0.215, 0.255, 0.305, 0.517},
     .wide = {0.0372, 0.0442, 0.0574, 0.071, 0.102, 0.13, 0.174, 0.209, 0.27, 0.393, 0.517},
     .sum_start = 249000,
     .leaf = {74.2, 87.1, 79, 72.3, 68.4, 66.1, 64.2, 63.7, 64.3, 66, 73, 73}},
    {.isa = "avx2",
     .start = 6404,
     .tested = 238,
     .lucy = 1.25,
     .sieving_prime = {36, 27, 17.3, 19.8, 18.5, 25.1, 17.2, 14.5, 11.1, 7.22, 4.34},
     .narrow = {0.0388, 0.0519, 0.0668, 0.114, 0.161, 0.195, 0.278, 0.365, 0.559, 1.12, 2.33},
     .wide = {0.0389, 0.047, 0.0587, 0.0672, 0.14, 0.18, 0.254, 0.357, 0.659, 0.793, 2.33},
     .sum_start = 271000,
     .leaf = {148, 173, 193, 214, 221, 223, 217, 208, 201, 193, 198, 200}},
    {.isa = "neon",
     .start = 4297,
     .tested = 265,
     .lucy = 1.35,
     .sieving_prime = {39.2, 27.5, 18, 21.6, 20.4, 27.5, 17.2, 14.1, 10.9, 7.22, 4.1},
     .narrow = {0.041, 0.0566, 0.0754, 0.128, 0.179, 0.21, 0.297, 0.384, 0.592, 1.21, 2.52},
     .wide = {0.043, 0.0507, 0.0714, 0.111, 0.157, 0.192, 0.275, 0.382, 0.745, 0.82, 2.52},
     .sum_start = 300000,
     .leaf = {207, 242, 270, 300, 309, 312, 304, 291, 281, 270, 277, 280}},
    {.isa = "x86-64-v2",
     .start = 4297,
     .tested = 265,
     .lucy = 1.35,
     .sieving_prime = {39.2, 27.5, 18, 21.6, 20.4, 27.5, 17.2, 14.1, 10.9, 7.22, 4.1},
     .narrow = {0.041, 0.0566, 0.0754, 0.128, 0.179, 0.21, 0.297, 0.384, 0.592, 1.21, 2.52},
     .wide = {0.043, 0.0507, 0.0714, 0.111, 0.157, 0.192, 0.275, 0.382, 0.745, 0.82, 2.52},
     .sum_start = 358000,
     .leaf = {333, 354, 401, 462, 495, 487, 471, 462, 435, 430, 435, 435}},
    {.isa = "portable",
     .start = 4297,
     .tested = 265,
     .lucy = 1.35,
     .sieving_prime = {39.2, 27.5, 18, 21.6, 20.4, 27.5, 17.2, 14.1, 10.9, 7.22, 4.1},
     .narrow = {0.041, 0.0566, 0.0754, 0.128, 0.179, 0.21, 0.297, 0.384, 0.592, 1.21, 2.52},
     .wide = {0.043, 0.0507, 0.0714, 0.111, 0.157, 0.192, 0.275, 0.382, 0.745, 0.82, 2.52},
     .sum_start = 358000,
     .leaf = {333, 354, 401, 462, 495, 487, 471, 462, 435, 430, 435, 435}},
};
/* clang-format on */

const struct unit_costs *unit_costs_of(const char *isa)
{
    size_t i = 0;
    while (i + 1 < sizeof table / sizeof *table && strcmp(table[i].isa, isa) != 0)
        i++;
    return &table[i];
}
