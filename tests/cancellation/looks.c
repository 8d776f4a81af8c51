/* How far apart the looks of a sum are at whether it should be left: looks [SECONDS].
 *
 * The linker leads the library's question for the job at hand, which is what a look begins with, to
 * this file (--wrap, see tests.mk). For each way to find primes it notes the longest time that
 * a thread works between two looks, makes the look after SECONDS one that is to leave, and notes
 * how long leaving takes. Of the terms of a combinatorial sum, which take hours high up, each has
 * as many seconds, for parts from all over it. Times are of the processor, so that a busy machine
 * matters little. It fails where a time is beyond what any machine may take, some times the 20 ms
 * that are promised for a core of today. With SECONDS all heights are measured, without only some.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "primes/gourdon/terms.h"
#include "server/jobs/job.h"
#include "server/server.h"
#include "yoke/yoke.h"

/* Sanitizers take ten times as long and more, and a machine that is not there half of the time, as
 * some virtual ones, counts that as work. Without looks it was a second and more. */
#define MILLISECONDS_MOST (YOKE_DEBUG ? 2500 : 250)

#define SECONDS_SHORT 0.2

static double seconds = SECONDS_SHORT;

/* ---- looking ------------------------------------------------------------------------------- */

static _Thread_local int64_t last;     /* look of the thread, in nanoseconds of its work        */
static _Thread_local int64_t part_end; /* of a part that may not take all the time; 0: none     */
static _Atomic int64_t end;            /* of the row                                            */
static _Atomic int64_t left_at;        /* when the first one was told to leave                  */
static _Atomic int64_t longest;
static atomic_ulong looks;
static yoke_job cancelled;

static int64_t clock_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int64_t work(void)
{
    return clock_of(CLOCK_THREAD_CPUTIME_ID);
}

static void raise_to(_Atomic int64_t *most, int64_t value)
{
    int64_t old = atomic_load(most);
    while (old < value && !atomic_compare_exchange_weak(most, &old, value))
        continue;
}

static void note_look(void)
{
    int64_t now = work();
    if (last && !atomic_load(&left_at))
        raise_to(&longest, now - last);
    last = now;
}

const yoke_job *__wrap_running_job(void);
const yoke_job *__wrap_running_job(void)
{
    note_look();
    atomic_fetch_add(&looks, 1);
    if (part_end && last >= part_end)
        return &cancelled;
    int64_t none = 0, now = clock_of(CLOCK_MONOTONIC);
    if (now < atomic_load(&end))
        return NULL;
    atomic_compare_exchange_strong(&left_at, &none, now);
    return &cancelled;
}

/* ---- the terms of a combinatorial sum ------------------------------------------------------ */

/* Parts that are worked out, but for one at each end. */
#define PARTS 6

static bool is_sampled(uint64_t number, uint64_t parts)
{
    uint64_t every = parts / PARTS + 1;
    return number % every == 0 || number + 1 == parts;
}

static void start_part(void)
{
    part_end = work() + (int64_t)(seconds * 1e9 / PARTS);
}

/* A part that has used its time up counts as done. */
static yoke_status end_part(yoke_status status)
{
    bool cut = last >= part_end;
    part_end = 0;
    return status == YOKE_CANCELLED && cut ? YOKE_OK : status;
}

yoke_status __real_terms_part(struct terms *terms, struct terms_worker *worker, uint64_t number);
yoke_status __wrap_terms_part(struct terms *terms, struct terms_worker *worker, uint64_t number);
yoke_status __wrap_terms_part(struct terms *terms, struct terms_worker *worker, uint64_t number)
{
    uint64_t within = number;
    int term = terms_find(terms, &within);
    if (term == TERM_sigma) /* takes a moment                                                     */
        return __real_terms_part(terms, worker, number);
    if (!is_sampled(within, terms->parts[term]))
        return YOKE_OK;
    start_part();
    return end_part(__real_terms_part(terms, worker, number));
}

/* ---- rows ---------------------------------------------------------------------------------- */

struct row {
    const char *name;
    yoke_status (*find)(yoke_server *server, double height, double width, yoke_algorithm algorithm);
    yoke_algorithm algorithm;
    double height, width;
    bool always; /* also when little time is given                                               */
};

/* No power of ten beyond 10^22 is a double. */
static yoke_uint128 bound(double height)
{
    const uint128 thousand = 1000;
    return uint128_split((uint128)(height / 1e3 + 0.5) * thousand);
}

static yoke_primes_options by(yoke_algorithm algorithm)
{
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = algorithm;
    return options;
}

static yoke_status sum(yoke_server *server, double height, double width, yoke_algorithm algorithm)
{
    const yoke_primes_options options = by(algorithm);
    yoke_uint256 found;
    return yoke_sum_primes_wide(server, bound(width < height ? height : 0),
                                bound(height + (width < height ? width : 0)), &options, &found);
}

static yoke_status count(yoke_server *server, double height, double width, yoke_algorithm algorithm)
{
    const yoke_primes_options options = by(algorithm);
    yoke_uint128 found;
    return yoke_count_primes_wide(server, bound(width < height ? height : 0),
                                  bound(height + (width < height ? width : 0)), &options, &found);
}

static void tell_nobody(double done, double total, void *context)
{
    (void)done, (void)total, (void)context;
}

static yoke_status check(yoke_server *server, double height, double width, yoke_algorithm algorithm)
{
    yoke_primes_options options = by(algorithm);
    options.double_check = true;
    options.progress = tell_nobody;
    yoke_uint256 found;
    return yoke_sum_primes_wide(server, bound(width < height ? height : 0),
                                bound(height + (width < height ? width : 0)), &options, &found);
}

static yoke_status first(yoke_server *server, double height, double width, yoke_algorithm algorithm)
{
    (void)width, (void)algorithm;
    yoke_uint128 found;
    return yoke_sum_first_primes(server, (uint64_t)height, NULL, &found, NULL);
}

static yoke_status iterate(yoke_server *server, double height, double width,
                           yoke_algorithm algorithm)
{
    (void)server, (void)algorithm;
    yoke_prime_iterator *primes;
    yoke_status status =
        yoke_prime_iterator_open((uint64_t)height, (uint64_t)(height + width), &primes);
    if (status != YOKE_OK)
        return status;
    const uint64_t *prime;
    for (size_t found = 1; status == YOKE_OK && found;)
        status = yoke_prime_iterator_next(primes, &prime, &found);
    yoke_prime_iterator_release(primes);
    return status;
}

static const struct row rows[] = {
    {"sieve", sum, YOKE_ALGORITHM_SIEVE, 1e9, 1e10, true},
    {"sieve", sum, YOKE_ALGORITHM_SIEVE, 1e12, 1e10, false},
    {"sieve", sum, YOKE_ALGORITHM_SIEVE, 1e12, 1e12, true},
    {"sieve", sum, YOKE_ALGORITHM_SIEVE, 1e14, 1e13, false},
    {"sieve", sum, YOKE_ALGORITHM_SIEVE, 1e16, 1e13, true},
    {"sieve", count, YOKE_ALGORITHM_SIEVE, 1e16, 1e13, false},
    {"sieve", sum, YOKE_ALGORITHM_SIEVE, 1e18, 1e13, false},
    {"sieve", sum, YOKE_ALGORITHM_SIEVE, 1.8e19, 1e13, false},
    {"sieve, checked", check, YOKE_ALGORITHM_SIEVE, 1e9, 1e9, true},
    {"sieve, checked", check, YOKE_ALGORITHM_SIEVE, 1e14, 1e9, false},
    {"primality tests", sum, YOKE_ALGORITHM_SIEVE, 1e12, 1e5, false},
    {"primality tests", sum, YOKE_ALGORITHM_SIEVE, 1e16, 5e6, true},
    {"primality tests", sum, YOKE_ALGORITHM_SIEVE, 1e18, 5e7, false},
    {"primality tests", sum, YOKE_ALGORITHM_SIEVE, 1.8e19, 1e8, false},
    {"trial division", sum, YOKE_ALGORITHM_TRIAL, 1e9, 1e9, true},
    {"trial division", sum, YOKE_ALGORITHM_TRIAL, 1e12, 1e9, false},
    {"trial division", sum, YOKE_ALGORITHM_TRIAL, 1e18, 1e9, true},
    {"Lucy's method", sum, YOKE_ALGORITHM_COMBINATORIAL, 1.9e7, 1e30, true},
    {"Gourdon's, sum", sum, YOKE_ALGORITHM_COMBINATORIAL, 1e9, 1e30, false},
    {"Gourdon's, sum", sum, YOKE_ALGORITHM_COMBINATORIAL, 1e12, 1e30, true},
    {"Gourdon's, sum", sum, YOKE_ALGORITHM_COMBINATORIAL, 1e14, 1e30, false},
    {"Gourdon's, sum", sum, YOKE_ALGORITHM_COMBINATORIAL, 1e16, 1e30, true},
    {"Gourdon's, sum", sum, YOKE_ALGORITHM_COMBINATORIAL, 1e18, 1e30, false},
    {"Gourdon's, count", count, YOKE_ALGORITHM_COMBINATORIAL, 1e18, 1e30, false},
    {"Gourdon's, sum", sum, YOKE_ALGORITHM_COMBINATORIAL, 1e20, 1e30, false},
    {"Gourdon's, checked", check, YOKE_ALGORITHM_COMBINATORIAL, 1e20, 1e30, false},
    {"Gourdon's, sum", sum, YOKE_ALGORITHM_COMBINATORIAL, 1e22, 1e30, false},
    {"Gourdon's, sum", sum, YOKE_ALGORITHM_COMBINATORIAL, 1e24, 1e30, false},
    {"Gourdon's, sum", sum, YOKE_ALGORITHM_COMBINATORIAL, 9.9e25, 1e30, false},
    {"first primes", first, YOKE_ALGORITHM_AUTO, 1e9, 0, false},
    {"first primes", first, YOKE_ALGORITHM_AUTO, 4e17, 0, false},
    {"iterator", iterate, YOKE_ALGORITHM_AUTO, 1e9, 1e11, true},
    {"iterator", iterate, YOKE_ALGORITHM_AUTO, 1e16, 1e11, true},
    {"iterator", iterate, YOKE_ALGORITHM_AUTO, 1e18, 1e11, false},
    {"iterator", iterate, YOKE_ALGORITHM_AUTO, 1.8e19, 1e11, false},
};

/* In milliseconds. */
struct times {
    double gap, leaving;
};

static struct times measure(const struct row *row, yoke_server *server)
{
    double least = row->algorithm == YOKE_ALGORITHM_COMBINATORIAL ? 1e9 : seconds;
    atomic_store(&longest, 0);
    atomic_store(&left_at, 0);
    atomic_store(&end, clock_of(CLOCK_MONOTONIC) + (int64_t)(least * 1e9));
    last = work();
    yoke_status status = row->find(server, row->height, row->width, row->algorithm);
    note_look();
    int64_t left = atomic_load(&left_at);
    bool checked = row->find == check; /* of a sum with parts left out                            */
    if (status != YOKE_OK && status != YOKE_CANCELLED && !checked)
        fprintf(stderr, "looks: %s at %g: %s\n", row->name, row->height, yoke_last_error());
    last = 0;
    return (struct times){(double)atomic_load(&longest) * 1e-6,
                          left ? (double)(clock_of(CLOCK_MONOTONIC) - left) * 1e-6 : 0};
}

static bool print_row(const struct row *row, unsigned workers, yoke_server *server)
{
    atomic_store(&looks, 0);
    struct times times = measure(row, server);
    bool held = times.gap <= MILLISECONDS_MOST;
    printf("%-19s %-8.2g %u %9lu %10.2f %10.2f%s\n", row->name, row->height, workers,
           atomic_load(&looks), times.gap, times.leaving, held ? "" : "   TOO LONG");
    fflush(stdout);
    return held;
}

int main(int words, char **word)
{
    bool all = words > 1;
    seconds = all ? atof(word[1]) : SECONDS_SHORT;
    bool held = true;
    atomic_store(&cancelled.flags, JOB_STOP);
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = 2;
    yoke_server *server;
    if (yoke_server_open(&options, &server) != YOKE_OK)
        return fprintf(stderr, "looks: %s\n", yoke_last_error()), 1;
    printf("%-19s %-8s %s %9s %10s %10s\n", "", "height", "w", "looks", "gap, ms", "leave, ms");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!all && !rows[i].always)
            continue;
        held &= print_row(&rows[i], 1, NULL);
        held &= print_row(&rows[i], 2, server);
    }
    yoke_server_release(server);
    return held ? 0 : 1;
}
