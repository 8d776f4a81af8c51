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
     .start = 10627,
     .tested = 84.4,
     .lucy = 1.22,
     .sieving_prime = {40.8, 27.5, 12.8, 8.28, 5.06, 7.41, 4.3, 3.34, 3.04, 3.24, 2.54},
     .narrow = {0.0344, 0.0469, 0.0606, 0.0948, 0.125, 0.142, 0.177, 0.219, 0.262, 0.305, 0.517},
     .wide = {0.035, 0.0423, 0.0565, 0.0755, 0.103, 0.132, 0.18, 0.208, 0.271, 0.345, 0.44},
     .sum_start = 125668,
     .leaf = {34.2, 44.1, 42.5, 42.6, 41, 40.4, 38.6, 40.8, 42.6, 43.7, 48.3, 48.3}},
    {.isa = "avx2",
     .start = 5796,
     .tested = 233,
     .lucy = 1.18,
     .sieving_prime = {44.9, 30.6, 15.6, 9.07, 6.83, 9.73, 4.69, 4.68, 4.11, 4.48, 2.69},
     .narrow = {0.0377, 0.0491, 0.0645, 0.107, 0.153, 0.168, 0.221, 0.244, 0.299, 0.336, 0.699},
     .wide = {0.0381, 0.0474, 0.0601, 0.0764, 0.118, 0.146, 0.204, 0.236, 0.353, 0.238, 0.699},
     .sum_start = 142773,
     .leaf = {58.9, 53.1, 54.1, 55, 53.7, 55.6, 54.1, 54.3, 52.5, 50.4, 51.7, 52.2}},
    {.isa = "neon",
     .start = 6064,
     .tested = 239,
     .lucy = 1.2,
     .sieving_prime = {98.6, 31.2, 19.9, 17.1, 11.2, 19.2, 9.43, 6.07, 5.11, 5.08, 2.88},
     .narrow = {0.0447, 0.0606, 0.0815, 0.126, 0.181, 0.199, 0.266, 0.341, 0.401, 0.47, 0.98},
     .wide = {0.0448, 0.0533, 0.073, 0.122, 0.14, 0.181, 0.255, 0.305, 0.505, 0.319, 0.98},
     .sum_start = 248251,
     .leaf = {82.5, 74.3, 75.7, 77, 75.2, 77.8, 75.7, 76, 73.5, 70.6, 72.4, 73.1}},
    {.isa = "x86-64-v2",
     .start = 5784,
     .tested = 242,
     .lucy = 1.24,
     .sieving_prime = {94.8, 27.1, 20.1, 13.6, 9.96, 21.5, 8.52, 5.6, 4.85, 4.69, 2.66},
     .narrow = {0.0395, 0.056, 0.076, 0.126, 0.176, 0.19, 0.26, 0.339, 0.423, 0.498, 1.04},
     .wide = {0.04, 0.0496, 0.0706, 0.119, 0.159, 0.171, 0.251, 0.32, 0.533, 0.337, 1.04},
     .sum_start = 256542,
     .leaf = {105, 106, 109, 116, 121, 119, 118, 116, 109, 108, 109, 109}},
    {.isa = "portable",
     .start = 6064,
     .tested = 239,
     .lucy = 1.2,
     .sieving_prime = {98.6, 31.2, 19.9, 17.1, 11.2, 19.2, 9.43, 6.07, 5.11, 5.08, 2.88},
     .narrow = {0.0447, 0.0606, 0.0815, 0.126, 0.181, 0.199, 0.266, 0.341, 0.401, 0.47, 0.98},
     .wide = {0.0448, 0.0533, 0.073, 0.122, 0.14, 0.181, 0.255, 0.305, 0.505, 0.319, 0.98},
     .sum_start = 248251,
     .leaf = {117, 117, 123, 141, 147, 147, 151, 147, 138, 137, 138, 138}},
};
/* clang-format on */

const struct unit_costs *unit_costs_of(const char *isa)
{
    size_t i = 0;
    while (i + 1 < sizeof table / sizeof *table && strcmp(table[i].isa, isa) != 0)
        i++;
    return &table[i];
}
