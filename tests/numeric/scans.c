/* Scans: each prefix is the reduction of what is before it, in every bit. */
#include <pthread.h>

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

static yoke_status add_and_write(const yoke_piece *piece, void *argument)
{
    struct arrays *all = argument;
    double *before = piece->before, *sum = piece->accumulator;
    for (uint64_t i = piece->lo; i < piece->hi; i++) {
        all->out[i] = *before += all->in[i];
        *sum += all->in[i];
    }
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

static void check_scan(yoke_server *server, uint64_t count, uint64_t grain, bool one_pass)
{
    yoke_loop loop = YOKE_LOOP(0, count, add_up, &arrays);
    yoke_reduction reduction = YOKE_REDUCTION(double, add_double);
    loop.grain = grain;
    if (one_pass)
        reduction.add_and_write = add_and_write;
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
        check_scan(server, draw_count(&seed, i % 16 ? 3000 : NUMBERS_MAX), draw_grain(&seed),
                   random_below(&seed, 2));
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

/* ---- in one pass ----------------------------------------------------------------------------- */

struct integers {
    uint64_t in[NUMBERS_MAX], out[NUMBERS_MAX];
    atomic_uint added, written, both; /* calls of each kind */
};

static struct integers integers;

static yoke_status add_integers(const yoke_piece *piece, void *argument)
{
    struct integers *all = argument;
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        *(uint64_t *)piece->accumulator += all->in[i];
    all->added++;
    return YOKE_OK;
}

static uint64_t write_integers_from(const yoke_piece *piece, struct integers *all, uint64_t sum)
{
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        all->out[i] = sum += all->in[i];
    return sum;
}

static yoke_status write_integers(const yoke_piece *piece, void *argument)
{
    struct integers *all = argument;
    cr_assert_null(piece->before);
    write_integers_from(piece, all, *(uint64_t *)piece->accumulator);
    all->written++;
    return YOKE_OK;
}

static yoke_status add_and_write_integers(const yoke_piece *piece, void *argument)
{
    struct integers *all = argument;
    uint64_t before = *(uint64_t *)piece->before;
    *(uint64_t *)piece->accumulator += write_integers_from(piece, all, before) - before;
    all->both++;
    return YOKE_OK;
}

static void add_integer(void *into, const void *from, void *argument)
{
    (void)argument;
    *(uint64_t *)into += *(const uint64_t *)from;
}

/* Returns how many pieces were written. */
static unsigned scan_integers(yoke_server *server, uint64_t count, uint64_t grain,
                              yoke_loop_body one_pass, bool associative)
{
    yoke_loop loop = YOKE_LOOP(0, count, add_integers, &integers);
    yoke_reduction reduction = YOKE_REDUCTION(uint64_t, add_integer);
    uint64_t total = 1, sum = 0;
    loop.grain = grain;
    reduction.add_and_write = one_pass;
    reduction.associative = associative;
    memset(integers.out, 0, count * sizeof *integers.out);
    integers.added = integers.written = integers.both = 0;
    cr_assert_eq(yoke_parallel_scan(server, &loop, &reduction, write_integers, &total), YOKE_OK,
                 "%s", yoke_last_error());
    for (uint64_t i = 0; i < count; i++)
        cr_assert_eq(integers.out[i], sum += integers.in[i], "number %llu of %llu",
                     (unsigned long long)i, (unsigned long long)count);
    cr_assert_eq(total, sum);
    cr_assert_eq(integers.added, integers.written);
    return integers.written + integers.both;
}

Test(numeric_scan, takes_one_pass_where_one_thread_works)
{
    uint64_t seed = 5;
    for (unsigned i = 0; i < NUMBERS_MAX; i++)
        integers.in[i] = random_next(&seed);
    for (unsigned i = 0; i < 100; i++) {
        uint64_t count = 1 + draw_count(&seed, 3000), grain = draw_grain(&seed);
        uint64_t each = twin_grain(count, grain);
        scan_integers(NULL, count, grain, add_and_write_integers, false);
        cr_assert_eq(integers.both, (count - 1) / each + 1);
        cr_assert_eq(integers.added, 0);
    }
}

Test(numeric_scan, has_fewer_pieces_than_leaves_where_these_do_not_matter)
{
    static const unsigned workers[] = {1, 2, 5};
    uint64_t seed = 6;
    for (unsigned i = 0; i < NUMBERS_MAX; i++)
        integers.in[i] = random_next(&seed);
    cr_assert_lt(scan_integers(NULL, NUMBERS_MAX, 0, add_and_write_integers, true), 391);
    for (unsigned i = 0; i < sizeof workers / sizeof *workers; i++) {
        yoke_server *server = open_server(workers[i]);
        for (unsigned j = 0; j < 300; j++) {
            uint64_t count = 1 + draw_count(&seed, j % 16 ? 3000 : NUMBERS_MAX - 1);
            scan_integers(server, count, draw_grain(&seed),
                          random_below(&seed, 2) ? add_and_write_integers : NULL,
                          random_below(&seed, 4));
        }
        cr_assert_eq(scan_integers(server, 1000, 10, add_and_write_integers, true), 100);
        yoke_server_release(server);
    }
}

/* ---- what ends early ------------------------------------------------------------------------- */

static yoke_status write_nothing_more(const yoke_piece *piece, void *argument)
{
    return piece->lo > 1000 ? YOKE_OVERFLOW : write_sums(piece, argument);
}

static yoke_status add_no_more(const yoke_piece *piece, void *argument)
{
    return piece->lo > 1000 ? YOKE_OVERFLOW : add_up(piece, argument);
}

static yoke_status add_and_write_no_more(const yoke_piece *piece, void *argument)
{
    return piece->lo > 1000 ? YOKE_OVERFLOW : add_and_write(piece, argument);
}

Test(numeric_scan, ends_with_the_first_failure_of_either_kind)
{
    yoke_server *server = open_server(3);
    yoke_reduction reduction = YOKE_REDUCTION(double, add_double);
    for (int i = 0; i < 200; i++) {
        yoke_loop loop = YOKE_LOOP(0, NUMBERS_MAX, i % 2 ? add_no_more : add_up, &arrays);
        double total = 17;
        loop.grain = 1 + (uint64_t)i;
        reduction.add_and_write = i % 3 ? NULL : add_and_write_no_more;
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

/* ---- pieces that wait for jobs --------------------------------------------------------------- */

enum { SCANS = 6, SCANNED = 300, WAITS_BEHIND = 4 };

struct slow_scan {
    yoke_server *server;
    pthread_t caller;
    pthread_barrier_t *together;
    bool waited;
    atomic_uint wrong;
};

/* Once, on the thread that has called the scan: so late that all workers wait for their turn. */
static yoke_status count_slowly(const yoke_piece *piece, void *argument)
{
    struct slow_scan *scan = argument;
    nap(200000);
    if (pthread_equal(scan->caller, pthread_self()) && !scan->waited && piece->lo > WAITS_BEHIND) {
        scan->waited = true;
        pthread_barrier_wait(scan->together);
        nap(60000000);
        yoke_job *job = submit(scan->server, nothing, NULL, 0, 0);
        cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
        yoke_job_release(job);
    }
    *(uint64_t *)piece->accumulator += piece->hi - piece->lo;
    return YOKE_OK;
}

static yoke_status check_count(const yoke_piece *piece, void *argument)
{
    struct slow_scan *scan = argument;
    atomic_fetch_add(&scan->wrong, *(uint64_t *)piece->accumulator != piece->lo);
    return YOKE_OK;
}

static void add_counts(void *into, const void *from, void *argument)
{
    (void)argument;
    *(uint64_t *)into += *(const uint64_t *)from;
}

static void *scan_slowly(void *argument)
{
    struct slow_scan *scan = argument;
    scan->caller = pthread_self();
    yoke_loop loop = YOKE_LOOP(0, SCANNED, count_slowly, scan);
    loop.grain = 1;
    yoke_reduction reduction = YOKE_REDUCTION(uint64_t, add_counts);
    uint64_t total = 0;
    cr_assert_eq(yoke_parallel_scan(scan->server, &loop, &reduction, check_count, &total), YOKE_OK);
    cr_expect_eq(total, SCANNED);
    cr_expect_eq(scan->wrong, 0);
    return NULL;
}

/* All workers and stand-ins would come to help with one scan or another. */
Test(numeric_scan, leaves_workers_to_the_jobs_that_pieces_wait_for)
{
    yoke_server *server = open_server(2);
    pthread_barrier_t together;
    pthread_barrier_init(&together, NULL, SCANS);
    struct slow_scan scans[SCANS];
    pthread_t threads[SCANS];
    for (int i = 0; i < SCANS; i++) {
        scans[i] = (struct slow_scan){.server = server, .together = &together};
        cr_assert_eq(pthread_create(&threads[i], NULL, scan_slowly, &scans[i]), 0);
    }
    for (int i = 0; i < SCANS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&together);
    yoke_server_release(server);
}
