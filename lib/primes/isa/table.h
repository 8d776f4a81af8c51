/* The table of inner loops as one instruction set compiles them. The including file sets ISA, the
 * name of the table, KERNELS_NAME, what users call it, and VECTOR_BYTES. */
#include "candidates.h"
#include "leaves.h"
#include "locate.h"
#include "loops.h"
#include "moments.h"
#include "multiples.h"
#include "pairs.h"
#if defined(__AVX512VBMI2__)
#include "numbers_avx512.h"
#else
#include "numbers_plain.h"
#endif

const struct isa ISA = {
    .name = KERNELS_NAME,
    .combine_patterns = combine_patterns,
    .cross_off_small = cross_off_small,
    .cross_off_medium = cross_off_medium,
    .list_primes = list_primes,
    .find_multiples = find_multiples,
    .locate = locate,
    .sort_hits = sort_hits,
    .cross_off_hits = cross_off_hits,
    .list_numbers = list_numbers,
    .candidates = BATCH,
    .test_strong = test_strong,
    .test_lucas = test_lucas,
    .add_moments = add_moments,
    .fill_prefix = fill_prefix,
    .sums_by_prime = SUMS_BY_PRIME,
    .sum_pairs = sum_pairs,
    .sum_easy = sum_easy,
    .line_bytes = LINE_BYTES,
    .tally_lines = tally_lines,
    .run_tallies = run_tallies,
    .cross_off_counted = cross_off_counted,
    .list_leaves = list_leaves,
    .sum_leaves = sum_leaves,
};
