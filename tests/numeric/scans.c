/* Scans: each prefix is the reduction of what is before it, in every bit. */
#include "with_loop.h"

TestSuite(numeric_scan, .timeout = 120);

enum { NUMBERS_MAX = 50000 };

struct arrays {
    double in[NUMBERS_MAX], out[NUMBERS_MAX];
};

static struct arrays arrays;

static yoke_status add_up(const yoke_piece *piece, void *argument)
{
    const struct arrays *all = argument;
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        *(double *)piece->accumulator += all->in[i];
    return YOKE_OK;
}

static yoke_status write_sums(const yoke_piece *piece, void *argument)
{
    struct arrays *all = argument;
    double sum = *(double *)piece->accumulator;
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        all->out[i] = sum += all->in[i];
    return YOKE_OK;
}

static void check_prefixes(const struct twin *twin)
{
    for (uint64_t leaf = 0; leaf < twin_leaves(twin); leaf++) {
        double sum = twin_sum(twin, leaf);
        for (uint64_t i = leaf * twin->grain; i < (leaf + 1) * twin->grain && i < twin->count;
             i++) {
            sum += arrays.in[i];
            cr_assert_eq(bits_of(arrays.out[i]), bits_of(sum), "number %llu of %llu by %llu",
                         (unsigned long long)i, (unsigned long long)twin->count,
                         (unsigned long long)twin->grain);
        }
    }
}

static void check_scan(yoke_server *server, uint64_t count, uint64_t grain)
{
    yoke_loop loop = YOKE_LOOP(0, count, add_up, &arrays);
    yoke_reduction reduction = YOKE_REDUCTION(double, add_double);
    loop.grain = grain;
    double total = -1, sum = -2;
    cr_assert_eq(yoke_parallel_scan(server, &loop, &reduction, write_sums, &total), YOKE_OK, "%s",
                 yoke_last_error());
    cr_assert_eq(yoke_parallel_reduce(server, &loop, &reduction, &sum), YOKE_OK);
    cr_assert_eq(bits_of(total), bits_of(sum));
    struct twin twin = {arrays.in, count, twin_grain(count, grain)};
    check_prefixes(&twin);
}

static void check_scans(yoke_server *server, unsigned times, uint64_t seed)
{
    draw_numbers(arrays.in, NUMBERS_MAX, seed);
    for (unsigned i = 0; i < times; i++)
        check_scan(server, draw_count(&seed, i % 16 ? 3000 : NUMBERS_MAX), draw_grain(&seed));
}

Test(numeric_scan, is_the_twin_in_the_calling_thread_alone)
{
    check_scans(NULL, 300, 1);
}

Test(numeric_scan, has_the_same_bits_on_any_number_of_workers)
{
    static const unsigned workers[] = {1, 2, 3, 7, 64};
    for (unsigned i = 0; i < sizeof workers / sizeof *workers; i++) {
        yoke_server *server = open_server(workers[i]);
        check_scans(server, 200, 100 + workers[i]);
        yoke_server_release(server);
    }
}

static yoke_status write_nothing_more(const yoke_piece *piece, void *argument)
{
    return piece->lo > 1000 ? YOKE_OVERFLOW : write_sums(piece, argument);
}

static yoke_status add_no_more(const yoke_piece *piece, void *argument)
{
    return piece->lo > 1000 ? YOKE_OVERFLOW : add_up(piece, argument);
}

Test(numeric_scan, ends_with_the_first_failure_of_either_kind)
{
    yoke_server *server = open_server(3);
    yoke_reduction reduction = YOKE_REDUCTION(double, add_double);
    for (int i = 0; i < 200; i++) {
        yoke_loop loop = YOKE_LOOP(0, NUMBERS_MAX, i % 2 ? add_no_more : add_up, &arrays);
        double total = 17;
        loop.grain = 1 + (uint64_t)i;
        cr_assert_eq(yoke_parallel_scan(server, &loop, &reduction,
                                        i % 2 ? write_sums : write_nothing_more, &total),
                     YOKE_OVERFLOW);
        cr_assert_eq(total, 17);
    }
    yoke_server_release(server);
}

Test(numeric_scan, refuses_what_cannot_be)
{
    yoke_loop loop = YOKE_LOOP(0, 10, add_up, &arrays);
    yoke_reduction reduction = YOKE_REDUCTION(double, add_double);
    cr_assert_eq(yoke_parallel_scan(NULL, &loop, &reduction, NULL, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_parallel_scan(NULL, &loop, NULL, write_sums, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_parallel_scan(NULL, &loop, &reduction, write_sums, NULL), YOKE_OK);
    loop.hi = 0;
    double total = 3;
    cr_assert_eq(yoke_parallel_scan(NULL, &loop, &reduction, write_sums, &total), YOKE_OK);
    cr_assert_eq(total, 0);
}
