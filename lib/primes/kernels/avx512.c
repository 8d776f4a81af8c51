#if defined(__x86_64__)

#define VECTOR_BYTES 64
#include "loops.h"
#include "moments.h"

const struct kernels kernels_avx512 = {
    .name = "avx512",
    .combine_patterns = combine_patterns,
    .cross_off_small = cross_off_small,
    .cross_off_medium = cross_off_medium,
    .cross_off_sparse = cross_off_sparse,
    .list_numbers = list_numbers,
    .add_moments = add_moments,
};

#else
typedef int no_avx512; /* ISO C wants something in every file */
#endif
