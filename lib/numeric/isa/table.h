/* The table of inner loops as one instruction set compiles them. The including file sets KERNELS,
 * the name of the table, KERNELS_NAME, what users call it, VECTOR_BYTES, and WINDOWS: whether there
 * are flags and vectors for exact sums. */
#include "plain.h"
#include "scan.h"
#include "tree.h"
#if WINDOWS
#include "window.h"
#endif

const struct kernels KERNELS = {
    .name = KERNELS_NAME,
    .add_block = add_block,
    .add_block_products = add_block_products,
#if WINDOWS
    .open_window = open_window,
    .add_to_window = add_to_window,
    .add_products_to_window = add_products_to_window,
    .total_window = total_window,
#endif
    .multiply = multiply,
    .find_extremes = find_extremes,
    .add_integers = add_integers,
    .find_bins = find_bins,
    .scan = scan,
};
