#if defined(__aarch64__)

#define VECTOR_BYTES 16
#include "loops.h"
#include "moments.h"

const struct kernels kernels_neon = {
    .name = "neon",
    .combine_patterns = combine_patterns,
    .cross_off_small = cross_off_small,
    .cross_off_medium = cross_off_medium,
    .cross_off_sparse = cross_off_sparse,
    .list_numbers = list_numbers,
    .add_moments = add_moments,
};

#else
typedef int no_neon; /* ISO C wants something in every file */
#endif
