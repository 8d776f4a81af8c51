/* Loops over grids: every element once, in tiles as the twin cuts them; the same bits. */
#include "with_loop.h"

TestSuite(numeric_grids, .timeout = 120);

enum { ELEMENTS_MAX = 40000 };

/* ---- the slow twin: as yoke/loop.h tells ----------------------------------------------------- */

struct grid {
    uint64_t row, column; /* the first ones */
    uint64_t rows, columns;
    uint64_t grain, column_grain;             /* as given */
    uint64_t tile_rows, tile_columns;         /* as they are to be */
    uint64_t tiles_down, tiles_right, number; /* of tiles */
};

/* The least e with 2^e >= number. */
static uint64_t exponent_above(uint64_t number)
{
    uint64_t exponent = 0;
    while (exponent < 64 && UINT64_C(1) << exponent < number)
        exponent++;
    return exponent;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void choose_tile(struct grid *grid)
{
    uint64_t elements = grid->rows * grid->columns, k = 0;
    while (elements >= 128 && k < 8 && elements >> 2 * (k + 1))
        k++;
    uint64_t wide = smaller(smaller(k, 5), exponent_above(grid->columns));
    uint64_t high = smaller(k - wide, exponent_above(grid->rows));
    grid->tile_rows = grid->grain ? grid->grain : UINT64_C(1) << high;
    grid->tile_columns = grid->column_grain ? grid->column_grain : UINT64_C(1) << (k - high);
    grid->tiles_down = (grid->rows - 1) / grid->tile_rows + 1;
    grid->tiles_right = (grid->columns - 1) / grid->tile_columns + 1;
    grid->number = grid->tiles_down * grid->tiles_right;
}

/* Tile `number` as a piece. */
static yoke_piece twin_tile(const struct grid *grid, uint64_t number)
{
    uint64_t down = number / grid->tiles_right, right = number % grid->tiles_right;
    uint64_t lo = down * grid->tile_rows, column_lo = right * grid->tile_columns;
    return (yoke_piece){
        .lo = grid->row + lo,
        .hi = grid->row + lo + smaller(grid->tile_rows, grid->rows - lo),
        .column_lo = grid->column + column_lo,
        .column_hi =
            grid->column + column_lo + smaller(grid->tile_columns, grid->columns - column_lo),
    };
}

/* Which tile begins there. */
static uint64_t number_of(const struct grid *grid, const yoke_piece *piece)
{
    return (piece->lo - grid->row) / grid->tile_rows * grid->tiles_right +
           (piece->column_lo - grid->column) / grid->tile_columns;
}

static bool is_tile(const struct grid *grid, const yoke_piece *piece)
{
    yoke_piece tile = twin_tile(grid, number_of(grid, piece));
    return piece->lo == tile.lo && piece->hi == tile.hi && piece->column_lo == tile.column_lo &&
           piece->column_hi == tile.column_hi;
}

/* ---- random grids ---------------------------------------------------------------------------- */

static uint64_t draw_first(uint64_t *random, uint64_t length)
{
    static const uint64_t firsts[] = {0, 1, 12345};
    uint64_t which = random_below(random, 4);
    return which < 3 ? firsts[which] : UINT64_MAX - length;
}

static uint64_t draw_tile_side(uint64_t *random)
{
    uint64_t kind = random_below(random, 8);
    return kind < 4 ? 0 : kind < 7 ? 1 + random_below(random, 40) : UINT64_MAX;
}

/* Of every shape between one row and one column. */
static struct grid draw_grid(uint64_t *random)
{
    uint64_t rows = 1 + draw_count(random, ELEMENTS_MAX);
    uint64_t columns = 1 + random_below(random, ELEMENTS_MAX / rows);
    bool across = random_below(random, 2);
    struct grid grid = {.rows = across ? columns : rows, .columns = across ? rows : columns};
    grid.row = draw_first(random, grid.rows);
    grid.column = draw_first(random, grid.columns);
    grid.grain = draw_tile_side(random);
    grid.column_grain = draw_tile_side(random);
    choose_tile(&grid);
    return grid;
}

static yoke_loop loop_over(const struct grid *grid, yoke_loop_body body, void *argument)
{
    yoke_loop loop = YOKE_LOOP_2D(grid->row, grid->row + grid->rows, grid->column,
                                  grid->column + grid->columns, body, argument);
    loop.grain = grid->grain, loop.column_grain = grid->column_grain;
    return loop;
}

/* The place of an element in an array that has the grid row by row. */
static uint64_t place_of(const struct grid *grid, uint64_t i, uint64_t j)
{
    return (i - grid->row) * grid->columns + (j - grid->column);
}

/* ---- loops ----------------------------------------------------------------------------------- */

struct visits {
    struct grid grid;
    atomic_uint of[ELEMENTS_MAX], pieces, wrong;
    uint64_t next; /* tile, where one thread takes them in order */
    bool in_order;
};

static yoke_status visit(const yoke_piece *piece, void *argument)
{
    struct visits *visits = argument;
    atomic_fetch_add(&visits->pieces, 1);
    if (!is_tile(&visits->grid, piece) || piece->worker >= piece->workers || piece->accumulator ||
        (visits->in_order && number_of(&visits->grid, piece) != visits->next++))
        atomic_fetch_add(&visits->wrong, 1);
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        for (uint64_t j = piece->column_lo; j < piece->column_hi; j++)
            atomic_fetch_add(&visits->of[place_of(&visits->grid, i, j)], 1);
    return YOKE_OK;
}

static void check_visits(yoke_server *server, unsigned times, uint64_t seed)
{
    static struct visits visits;
    for (unsigned time = 0; time < times; time++) {
        memset(&visits, 0, sizeof visits);
        visits.grid = draw_grid(&seed);
        visits.in_order = !server;
        yoke_loop loop = loop_over(&visits.grid, visit, &visits);
        cr_assert_eq(yoke_parallel_for(server, &loop), YOKE_OK, "%s", yoke_last_error());
        cr_assert_eq(visits.wrong, 0);
        cr_assert_eq(visits.pieces, visits.grid.number);
        for (uint64_t i = 0; i < ELEMENTS_MAX; i++)
            cr_assert_eq(visits.of[i], i < visits.grid.rows * visits.grid.columns);
    }
}

Test(numeric_grids, visits_every_element_once_in_the_order_of_tiles)
{
    check_visits(NULL, 500, 1);
}

Test(numeric_grids, visits_every_element_once_on_any_number_of_workers)
{
    for (unsigned workers = 1; workers <= 8; workers++) {
        yoke_server *server = open_server(workers);
        check_visits(server, 100, workers);
        yoke_server_release(server);
    }
}

static yoke_status grid_in_piece(const yoke_piece *piece, void *argument)
{
    static struct visits visits[3];
    visits[piece->lo].grid = (struct grid){.rows = 100, .columns = 200};
    choose_tile(&visits[piece->lo].grid);
    yoke_loop loop = loop_over(&visits[piece->lo].grid, visit, &visits[piece->lo]);
    cr_assert_eq(yoke_parallel_for(argument, &loop), YOKE_OK);
    for (uint64_t i = 0; i < 20000; i++)
        cr_assert_eq(visits[piece->lo].of[i], 1);
    return piece->column_lo || piece->column_hi ? YOKE_SYSTEM : YOKE_OK;
}

Test(numeric_grids, may_be_gone_through_in_pieces_of_another_loop)
{
    yoke_server *server = open_server(3);
    cr_assert_eq(yoke_parallel_for(server, &YOKE_LOOP(0, 3, grid_in_piece, server)), YOKE_OK);
    yoke_server_release(server);
}

/* ---- reductions and scans -------------------------------------------------------------------- */

static double numbers[ELEMENTS_MAX];

static double sum_of(const struct grid *grid, const yoke_piece *piece)
{
    double sum = 0;
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        for (uint64_t j = piece->column_lo; j < piece->column_hi; j++)
            sum += numbers[place_of(grid, i, j)];
    return sum;
}

static yoke_status add_up(const yoke_piece *piece, void *argument)
{
    *(double *)piece->accumulator += sum_of(argument, piece);
    return YOKE_OK;
}

/* The sums of tiles are numbers, each of which is a leaf. */
static void check_sums(yoke_server *server, unsigned times, uint64_t seed)
{
    static double tiles[ELEMENTS_MAX];
    draw_numbers(numbers, ELEMENTS_MAX, 7);
    for (unsigned time = 0; time < times; time++) {
        struct grid grid = draw_grid(&seed);
        for (uint64_t i = 0; i < grid.number; i++) {
            yoke_piece tile = twin_tile(&grid, i);
            tiles[i] = sum_of(&grid, &tile);
        }
        struct twin twin = {tiles, grid.number, 1};
        double expected = twin_sum(&twin, grid.number), sum = -1;
        yoke_loop loop = loop_over(&grid, add_up, &grid);
        yoke_reduction reduction = YOKE_REDUCTION(double, add_double);
        cr_assert_eq(yoke_parallel_reduce(server, &loop, &reduction, &sum), YOKE_OK, "%s",
                     yoke_last_error());
        cr_assert_eq(bits_of(sum), bits_of(expected), "%a, not %a, of %llu x %llu", sum, expected,
                     (unsigned long long)grid.rows, (unsigned long long)grid.columns);
    }
}

Test(numeric_grids, have_sums_of_the_same_bits_on_any_number_of_workers)
{
    check_sums(NULL, 300, 99);
    for (unsigned workers = 1; workers <= 8; workers++) {
        yoke_server *server = open_server(workers);
        check_sums(server, 150, 99 + workers / 2);
        yoke_server_release(server);
    }
}

struct counts {
    struct grid grid;
    atomic_uint wrong;
};

static yoke_status count_elements(const yoke_piece *piece, void *argument)
{
    (void)argument;
    *(uint64_t *)piece->accumulator +=
        (piece->hi - piece->lo) * (piece->column_hi - piece->column_lo);
    return YOKE_OK;
}

static void add_counts(void *into, const void *from, void *argument)
{
    (void)argument;
    *(uint64_t *)into += *(const uint64_t *)from;
}

/* All rows of tiles above, and in this one all to the left. */
static yoke_status check_count(const yoke_piece *piece, void *argument)
{
    struct counts *counts = argument;
    const struct grid *grid = &counts->grid;
    uint64_t before = (piece->lo - grid->row) * grid->columns +
                      (piece->hi - piece->lo) * (piece->column_lo - grid->column);
    if (*(uint64_t *)piece->accumulator != before || !is_tile(grid, piece))
        atomic_fetch_add(&counts->wrong, 1);
    return YOKE_OK;
}

Test(numeric_grids, have_scans_along_their_tiles)
{
    uint64_t seed = 5;
    yoke_server *server = open_server(3);
    yoke_reduction reduction = YOKE_REDUCTION(uint64_t, add_counts);
    for (unsigned time = 0; time < 200; time++) {
        struct counts counts = {.grid = draw_grid(&seed)};
        yoke_loop loop = loop_over(&counts.grid, count_elements, &counts);
        uint64_t total = 0;
        cr_assert_eq(yoke_parallel_scan(server, &loop, &reduction, check_count, &total), YOKE_OK);
        cr_assert_eq(counts.wrong, 0);
        cr_assert_eq(total, counts.grid.rows * counts.grid.columns);
    }
    yoke_server_release(server);
}

/* ---- what ends a loop, and what cannot be ---------------------------------------------------- */

static yoke_status fail_at_the_edge(const yoke_piece *piece, void *argument)
{
    atomic_fetch_add((atomic_uint *)argument, 1);
    return piece->hi == 1000 && piece->column_hi == 1000
               ? yoke_error_set(YOKE_SYSTEM, "the last tile is bad")
               : YOKE_OK;
}

Test(numeric_grids, fail_with_a_tile)
{
    atomic_uint tiles = 0;
    yoke_server *server = open_server(2);
    yoke_loop loop = YOKE_LOOP_2D(0, 1000, 0, 1000, fail_at_the_edge, &tiles);
    cr_assert_eq(yoke_parallel_for(server, &loop), YOKE_SYSTEM);
    cr_assert_str_eq(yoke_last_error(), "the last tile is bad");
    cr_assert(tiles && tiles <= 125 * 32);
    yoke_server_release(server);
}

Test(numeric_grids, may_be_empty)
{
    atomic_uint tiles = 0;
    uint64_t sum = 17;
    yoke_reduction reduction = YOKE_REDUCTION(uint64_t, add_counts);
    const yoke_loop empty[] = {
        YOKE_LOOP_2D(0, 0, 0, 1000, fail_at_the_edge, &tiles),
        YOKE_LOOP_2D(0, 1000, 0, 0, fail_at_the_edge, &tiles),
        YOKE_LOOP_2D(3, 2, 0, 1000, fail_at_the_edge, &tiles),
        YOKE_LOOP_2D(0, UINT64_MAX, 8, 7, fail_at_the_edge, &tiles),
    };
    for (unsigned i = 0; i < sizeof empty / sizeof *empty; i++) {
        cr_assert_eq(yoke_parallel_for(NULL, &empty[i]), YOKE_OK);
        cr_assert_eq(yoke_parallel_reduce(NULL, &empty[i], &reduction, &sum), YOKE_OK);
        cr_assert_eq(sum, 0);
    }
    cr_assert_eq(tiles, 0);
}

Test(numeric_grids, refuse_what_cannot_be)
{
    atomic_uint tiles = 0;
    yoke_loop good = YOKE_LOOP_2D(0, 10, 0, 10, fail_at_the_edge, &tiles), loop = good;
    loop.dimensions = 3;
    cr_assert_eq(yoke_parallel_for(NULL, &loop), YOKE_INVALID);
    loop.dimensions = 0; /* forgotten */
    cr_assert_eq(yoke_parallel_for(NULL, &loop), YOKE_INVALID);
    loop = good, loop.hi = loop.column_hi = UINT64_C(1) << 32;
    cr_assert_eq(yoke_parallel_for(NULL, &loop), YOKE_INVALID);
    cr_assert(strstr(yoke_last_error(), "elements"));
    cr_assert_eq(tiles, 0);
    loop.lo = 1; /* just below 2^64 elements; so two tiles in each direction at most */
    loop.grain = loop.column_grain = UINT64_C(1) << 31;
    cr_assert_eq(yoke_parallel_for(NULL, &loop), YOKE_OK);
    cr_assert_eq(tiles, 4);
}

/* Of a program that was built before loops had columns. */
Test(numeric_grids, are_unknown_to_older_programs)
{
    atomic_uint tiles = 0;
    yoke_loop loop = YOKE_LOOP_2D(0, 10, 0, 10, fail_at_the_edge, &tiles);
    loop.size = offsetof(yoke_loop, column_lo);
    loop.grain = 1;
    cr_assert_eq(yoke_parallel_for(NULL, &loop), YOKE_OK);
    cr_assert_eq(tiles, 10);
}
