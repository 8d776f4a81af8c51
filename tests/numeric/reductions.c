/* Reductions: the same bits on any number of workers, and as the twin. */
#include <pthread.h>

#include "with_loop.h"

TestSuite(numeric_reduce, .timeout = 120);

enum { NUMBERS_MAX = 200000 };

static double numbers[NUMBERS_MAX];

static yoke_status add_up(const yoke_piece *piece, void *argument)
{
    const double *from = argument;
    double *sum = piece->accumulator;
    cr_assert_lt(piece->worker, piece->workers);
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        *sum += from[i];
    return YOKE_OK;
}

/* In a range that begins at `lo`: `from` is moved by as much. */
static void check_sum(yoke_server *server, uint64_t count, uint64_t grain, unsigned workers)
{
    yoke_loop loop = YOKE_LOOP(0, count, add_up, numbers);
    yoke_reduction reduction = YOKE_REDUCTION(double, add_double);
    loop.grain = grain;
    loop.workers = workers;
    double sum = -1;
    cr_assert_eq(yoke_parallel_reduce(server, &loop, &reduction, &sum), YOKE_OK, "%s",
                 yoke_last_error());
    struct twin twin = {numbers, count, twin_grain(count, grain)};
    double expected = count ? twin_sum(&twin, twin_leaves(&twin)) : 0;
    cr_assert_eq(bits_of(sum), bits_of(expected), "%a, not %a, of %llu numbers by %llu", sum,
                 expected, (unsigned long long)count, (unsigned long long)grain);
}

static void check_sums(yoke_server *server, unsigned times, uint64_t seed)
{
    draw_numbers(numbers, NUMBERS_MAX, seed);
    for (unsigned i = 0; i < times; i++)
        check_sum(server, draw_count(&seed, NUMBERS_MAX), draw_grain(&seed),
                  (unsigned)random_below(&seed, 4));
}

Test(numeric_reduce, is_the_twin_in_the_calling_thread_alone)
{
    check_sums(NULL, 1000, 1);
}

Test(numeric_reduce, has_the_same_bits_on_any_number_of_workers)
{
    static const unsigned workers[] = {1, 2, 3, 4, 7, 16, 64};
    for (unsigned i = 0; i < sizeof workers / sizeof *workers; i++) {
        yoke_server *server = open_server(workers[i]);
        check_sums(server, workers[i] > 8 ? 200 : 500, 100 + workers[i]);
        yoke_server_release(server);
    }
}

struct resizing {
    yoke_server *server;
    atomic_bool enough;
};

static void *resize(void *argument)
{
    struct resizing *resizing = argument;
    uint64_t random = 77;
    while (!atomic_load(&resizing->enough)) {
        yoke_server_resize(resizing->server, 1 + (unsigned)random_below(&random, 8));
        nap(200000);
    }
    return NULL;
}

Test(numeric_reduce, has_the_same_bits_while_workers_come_and_go)
{
    struct resizing resizing = {.server = open_server(8)};
    pthread_t thread;
    pthread_create(&thread, NULL, resize, &resizing);
    check_sums(resizing.server, 1000, 4242);
    atomic_store(&resizing.enough, true);
    pthread_join(thread, NULL);
    yoke_server_release(resizing.server);
}

/* ---- inside jobs ----------------------------------------------------------------------------- */

static yoke_status sum_in_job(yoke_context *context, const void *argument, void *result)
{
    uint64_t count = *(const uint64_t *)argument;
    yoke_loop loop = YOKE_LOOP(0, count, add_up, numbers);
    yoke_reduction reduction = YOKE_REDUCTION(double, add_double);
    return yoke_parallel_reduce(yoke_context_server(context), &loop, &reduction, result);
}

Test(numeric_reduce, has_the_same_bits_inside_jobs)
{
    enum { JOBS = 300 };
    uint64_t seed = 5;
    draw_numbers(numbers, NUMBERS_MAX, seed);
    yoke_server *server = open_server(3);
    yoke_job *jobs[JOBS];
    uint64_t counts[JOBS];
    for (int i = 0; i < JOBS; i++) {
        counts[i] = draw_count(&seed, NUMBERS_MAX);
        jobs[i] = submit(server, sum_in_job, &counts[i], sizeof *counts, sizeof(double));
    }
    for (int i = 0; i < JOBS; i++) {
        double sum;
        struct twin twin = {numbers, counts[i], twin_grain(counts[i], 0)};
        cr_assert_eq(yoke_job_result(jobs[i], &sum, sizeof sum), YOKE_OK, "%s", yoke_last_error());
        cr_assert_eq(bits_of(sum), bits_of(counts[i] ? twin_sum(&twin, twin_leaves(&twin)) : 0));
        yoke_job_release(jobs[i]);
    }
    yoke_server_release(server);
}

/* ---- accumulators ---------------------------------------------------------------------------- */

/* As matrices, the order counts; with many bytes, their memory does. */
struct matrix {
    uint64_t element[4];
    char rest[1000];
};

static const struct matrix unit = {.element = {1, 0, 0, 1}};

static void multiply(void *into, const void *from, void *argument)
{
    struct matrix *a = into;
    const struct matrix *b = from;
    (void)argument;
    uint64_t product[4];
    for (int i = 0; i < 4; i++)
        product[i] = a->element[i / 2 * 2] * b->element[i % 2] +
                     a->element[i / 2 * 2 + 1] * b->element[2 + i % 2];
    memcpy(a->element, product, sizeof product);
    a->rest[0] ^= b->rest[0];
}

static struct matrix matrix_of(uint64_t i)
{
    return (struct matrix){.element = {i, 1, i ^ 5, 3}, .rest = {1}};
}

static yoke_status multiply_all(const yoke_piece *piece, void *argument)
{
    for (uint64_t i = piece->lo; i < piece->hi; i++) {
        struct matrix matrix = matrix_of(i);
        multiply(piece->accumulator, &matrix, argument);
    }
    return YOKE_OK;
}

Test(numeric_reduce, keeps_the_order_and_begins_with_the_identity)
{
    yoke_server *server = open_server(4);
    for (uint64_t count = 0; count < 3000; count += 1 + count / 8) {
        yoke_loop loop =
            YOKE_LOOP(UINT64_MAX - 5000, UINT64_MAX - 5000 + count, multiply_all, NULL);
        yoke_reduction reduction = YOKE_REDUCTION(struct matrix, multiply);
        reduction.identity = &unit;
        loop.grain = count % 3;
        struct matrix result, expected = unit;
        cr_assert_eq(yoke_parallel_reduce(server, &loop, &reduction, &result), YOKE_OK);
        for (uint64_t i = loop.lo; i < loop.hi; i++) {
            struct matrix matrix = matrix_of(i);
            multiply(&expected, &matrix, NULL);
        }
        cr_assert_arr_eq(result.element, expected.element, sizeof expected.element);
        cr_assert_eq(result.rest[0], (int)(count % 2));
    }
    yoke_server_release(server);
}

static yoke_status fail_late(const yoke_piece *piece, void *argument)
{
    *(uint64_t *)piece->accumulator += 1;
    return piece->hi > 5000 ? yoke_error_set(YOKE_SYSTEM, "number %d is bad", 5000)
                            : add_up(piece, argument);
}

Test(numeric_reduce, leaves_the_result_alone_when_it_fails)
{
    yoke_server *server = open_server(2);
    yoke_loop loop = YOKE_LOOP(0, 100000, fail_late, numbers);
    yoke_reduction reduction = YOKE_REDUCTION(double, add_double);
    double result = 17;
    cr_assert_eq(yoke_parallel_reduce(server, &loop, &reduction, &result), YOKE_SYSTEM);
    cr_assert_str_eq(yoke_last_error(), "number 5000 is bad");
    cr_assert_eq(result, 17);
    yoke_server_release(server);
}

Test(numeric_reduce, refuses_what_cannot_be)
{
    yoke_loop loop = YOKE_LOOP(0, 10, add_up, numbers);
    yoke_reduction reduction = YOKE_REDUCTION(double, add_double), wrong = reduction;
    double result;
    cr_assert_eq(yoke_parallel_reduce(NULL, &loop, NULL, &result), YOKE_INVALID);
    cr_assert_eq(yoke_parallel_reduce(NULL, NULL, &reduction, &result), YOKE_INVALID);
    cr_assert_eq(yoke_parallel_reduce(NULL, &loop, &reduction, NULL), YOKE_INVALID);
    wrong.combine = NULL;
    cr_assert_eq(yoke_parallel_reduce(NULL, &loop, &wrong, &result), YOKE_INVALID);
    wrong = reduction, wrong.accumulator_size = 0;
    cr_assert_eq(yoke_parallel_reduce(NULL, &loop, &wrong, &result), YOKE_INVALID);
    wrong.accumulator_size = SIZE_MAX - 10;
    cr_assert_eq(yoke_parallel_reduce(NULL, &loop, &wrong, &result), YOKE_NO_MEMORY);
    wrong = reduction, wrong.size = 3;
    cr_assert_eq(yoke_parallel_reduce(NULL, &loop, &wrong, &result), YOKE_INVALID);
}
