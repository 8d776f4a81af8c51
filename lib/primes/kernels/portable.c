#define VECTOR_BYTES 16
#include "loops.h"
#include "moments.h"

const struct kernels kernels_portable = {
    .name = "portable",
    .combine_patterns = combine_patterns,
    .cross_off_small = cross_off_small,
    .cross_off_medium = cross_off_medium,
    .cross_off_sparse = cross_off_sparse,
    .list_numbers = list_numbers,
    .add_moments = add_moments,
};
