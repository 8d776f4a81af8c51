/* Adds blocks, opens and empties windows: see exact_sum.h. */
#include "exact_sum.h"

#include <string.h>

#include "double_bits.h"

/* Doubles side by side are added this many at a time: reading the flags behind them costs as much
 * as 500 numbers. Where that was not exact, and where numbers are copied or multiplied first, which
 * should stay in the L1 cache, it is pieces. */
enum { BLOCK_NUMBERS = 8192, PIECE_NUMBERS = 1024 };

void exact_sum_begin(struct exact_sum *sum, const struct kernels *kernels,
                     struct superaccumulator *total)
{
    sum->kernels = kernels;
    sum->total = total;
    sum->open = false;
}

/* ---- emptying the window ------------------------------------------------------------------- */

static void add_value(struct superaccumulator *total, double value, bool negative, int exponent)
{
    uint64_t bits = double_bits(value);
    superaccumulator_add_scaled(total, double_mantissa(bits),
                                ((bits & DOUBLE_SIGN) != 0) != negative,
                                double_exponent(bits) + exponent);
}

/* Adds lanes that began at `origin`. */
static void add_lanes(struct superaccumulator *total, const double lane[WINDOW_LANES],
                      double origin, int exponent)
{
    for (int i = 0; i < WINDOW_LANES; i++) {
        if (lane[i] == 0)
            continue; /* not in use, or nothing there */
        add_value(total, lane[i], false, exponent);
        add_value(total, origin, true, exponent);
    }
}

static void empty_window(struct exact_sum *sum)
{
    const struct window *window = &sum->window;
    struct window_total total;
    if (!sum->open)
        return;
    sum->open = false;
    if (sum->kernels->total_window(window, &total)) {
        add_value(sum->total, total.high, false, window->exponent_high);
        add_value(sum->total, total.low, false, window->exponent_low);
        add_value(sum->total, total.rest, false, window->exponent_low);
        return;
    }
    add_lanes(sum->total, window->high, window->origin_high, window->exponent_high);
    add_lanes(sum->total, window->low, window->origin_low, window->exponent_low);
    add_lanes(sum->total, window->rest, 0, window->exponent_low);
}

void exact_sum_end(struct exact_sum *sum)
{
    empty_window(sum);
}

/* ---- adding -------------------------------------------------------------------------------- */

/* Numbers or products, a multiple of WINDOW_LANES but for those that are added one by one. */
struct piece {
    const double *x, *y, *product; /* the latter two for products */
    size_t count;
};

static bool add_to_window(struct exact_sum *sum, const struct piece *piece)
{
    if (!sum->open)
        return false;
    if (piece->y)
        return sum->kernels->add_products_to_window(piece->x, piece->y, piece->product,
                                                    piece->count, &sum->window);
    return sum->kernels->add_to_window(piece->x, piece->count, &sum->window);
}

/* The binary exponent of the number with the largest magnitude; of a special value 1024. */
static int largest_exponent(const double *x, size_t count)
{
    uint64_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t magnitude = double_bits(x[i]) & DOUBLE_MAGNITUDE;
        largest = magnitude > largest ? magnitude : largest;
    }
    return (int)(largest >> 52) - 1023;
}

/* Opens a window for numbers about as large as the first ones of this piece, and adds it. */
static bool open_and_add(struct exact_sum *sum, const struct piece *piece, size_t looked_at)
{
    size_t count = piece->count < looked_at ? piece->count : looked_at;
    int exponent = largest_exponent(piece->y ? piece->product : piece->x, count);
    if (!sum->kernels->open_window || exponent < WINDOW_LEAST || exponent > WINDOW_MOST)
        return false;
    sum->kernels->open_window(&sum->window, exponent, piece->y);
    sum->open = true;
    sum->open = add_to_window(sum, piece);
    return sum->open;
}

/* Into the window at hand, or else one for numbers like the first, which has room for somewhat
 * larger ones, or like the largest. */
static bool add_in_vectors(struct exact_sum *sum, const struct piece *piece)
{
    if (add_to_window(sum, piece))
        return true;
    empty_window(sum);
    return open_and_add(sum, piece, WINDOW_LANES) || open_and_add(sum, piece, piece->count);
}

static void add_one_by_one(struct exact_sum *sum, const struct piece *piece)
{
    if (piece->y)
        superaccumulator_add_products(sum->total, piece->x, piece->y, piece->count);
    else
        superaccumulator_add_numbers(sum->total, piece->x, piece->count);
}

static size_t whole_rows(size_t count)
{
    return count & -(size_t)WINDOW_LANES;
}

/* Rows in vectors, if possible, and the rest one by one. */
static void add_piece(struct exact_sum *sum, const struct piece *piece)
{
    struct piece rows = *piece, rest = *piece;
    rows.count = whole_rows(piece->count);
    rest.count = piece->count - rows.count;
    rest.x += rows.count;
    rest.y = piece->y ? piece->y + rows.count : NULL;
    if (rows.count && !add_in_vectors(sum, &rows))
        add_one_by_one(sum, &rows);
    if (rest.count)
        add_one_by_one(sum, &rest);
}

static void add_numbers(struct exact_sum *sum, const yoke_array *x, size_t first, size_t count)
{
    double buffer[PIECE_NUMBERS];
    struct piece piece = {.count = count};
    piece.x = array_doubles(x, first, count, buffer);
    if (superaccumulator_wants_notes(sum->total))
        superaccumulator_note_zeros(sum->total, piece.x, count);
    add_piece(sum, &piece);
}

/* Products of floats are exact in double, and numbers as others are. */
static void add_products(struct exact_sum *sum, const yoke_array *x, const yoke_array *y,
                         size_t first, size_t count)
{
    double buffer_x[PIECE_NUMBERS], buffer_y[PIECE_NUMBERS], product[PIECE_NUMBERS];
    struct piece piece = {.product = product, .count = count};
    piece.x = array_doubles(x, first, count, buffer_x);
    piece.y = array_doubles(y, first, count, buffer_y);
    if (superaccumulator_wants_notes(sum->total))
        superaccumulator_note_products(sum->total, piece.x, piece.y, count);
    sum->kernels->multiply(piece.x, piece.y, count, product);
    if (x->type == YOKE_F32) {
        piece.x = product;
        piece.y = NULL;
    }
    add_piece(sum, &piece);
}

/* Whether a whole block of doubles that lie side by side could be added. */
static bool add_block(struct exact_sum *sum, const yoke_array *x, size_t first, size_t count)
{
    struct piece block = {.count = whole_rows(count)};
    if (x->type != YOKE_F64 || (x->stride != 0 && x->stride != 1) || !block.count)
        return false;
    block.x = array_doubles(x, first, block.count, NULL);
    if (superaccumulator_wants_notes(sum->total))
        superaccumulator_note_zeros(sum->total, block.x, block.count);
    return add_to_window(sum, &block) || (!sum->open && open_and_add(sum, &block, WINDOW_LANES));
}

static void add_pieces(struct exact_sum *sum, const yoke_array *x, const yoke_array *y,
                       size_t first, size_t count)
{
    while (count) {
        size_t some = count < PIECE_NUMBERS ? count : PIECE_NUMBERS;
        if (y)
            add_products(sum, x, y, first, some);
        else
            add_numbers(sum, x, first, some);
        first += some;
        count -= some;
    }
}

void exact_sum_add(struct exact_sum *sum, const yoke_array *x, const yoke_array *y, size_t first,
                   size_t count)
{
    while (count) {
        size_t some = count < BLOCK_NUMBERS ? count : BLOCK_NUMBERS;
        size_t added = !y && add_block(sum, x, first, some) ? whole_rows(some) : 0;
        add_pieces(sum, x, y, first + added, some - added);
        first += some;
        count -= some;
    }
}
