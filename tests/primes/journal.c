/* Combinatorial sums that go on where another run has left them. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "primes/gourdon/gourdon.h"
#include "random.h"

static const struct isa *isa(void)
{
    const char *problem;
    return isa_choose(&problem);
}

static yoke_server *open_server(unsigned workers)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = workers;
    yoke_server *server;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK, "%s", yoke_last_error());
    return server;
}

/* A journal, and what it was like when it was written for the n-th time. */
struct kept {
    struct journal journal;
    struct record sums, inside;
    uint64_t writes, keep;
    struct record copy;
};

static void keep(void *context)
{
    struct kept *kept = context;
    if (kept->writes++ != kept->keep)
        return;
    record_clear(&kept->copy);
    for (size_t i = 0; i < kept->inside.count; i++)
        record_add(&kept->copy, kept->inside.number[i]);
}

static void open_kept(struct kept *kept, uint64_t write)
{
    *kept = (struct kept){.keep = write};
    kept->journal = (struct journal){
        .sums = &kept->sums, .inside = &kept->inside, .write = keep, .context = kept};
}

static void close_kept(struct kept *kept)
{
    record_close(&kept->sums);
    record_close(&kept->inside);
    record_close(&kept->copy);
}

static yoke_status run_by(const struct isa *by, struct kept *kept, yoke_server *server, uint64_t x,
                          enum weight weight, struct uint256 *total)
{
    struct gourdon_tuning tuning = {0};
    return gourdon_total(server, x, weight, by, tuning, NULL, &kept->journal, total);
}

static yoke_status run(struct kept *kept, yoke_server *server, uint64_t x, enum weight weight,
                       struct uint256 *total)
{
    return run_by(isa(), kept, server, x, weight, total);
}

/* Any that this processor can run. */
static const struct isa *random_isa(uint64_t *random)
{
    const struct isa *found[8];
    uint64_t count = 0;
    for (const struct isa *const *k = isa_compiled; *k; k++)
        if (isa_find((*k)->name))
            found[count++] = *k;
    return found[random_below(random, count)];
}

/* Writes after every part, and goes on from one of these with other workers and another instruction
 * set, again and again. */
Test(journal, any_write_and_any_workers_give_the_same_sum, .timeout = 120)
{
    uint64_t random = 11;
    yoke_server *servers[] = {NULL, open_server(1), open_server(2), open_server(3)};
    for (int round = 0; round < 30; round++) {
        uint64_t x = GOURDON_LEAST + random_below(&random, UINT64_C(1) << (18 + round % 20));
        enum weight weight = round % 2 ? WEIGHT_ONE : WEIGHT_PRIME;
        struct uint256 expected, total;
        struct kept first;
        open_kept(&first, UINT64_MAX);
        cr_assert_eq(run(&first, NULL, x, weight, &expected), YOKE_OK);
        uint64_t writes = first.writes;
        cr_assert_geq(writes, 10);
        cr_assert_eq(first.sums.count, 2);
        cr_assert(uint256_equal(
            record_take_wide(&(struct record){first.sums.number, 2, 2, 0, false}), expected));
        struct kept last = first;
        for (int stop = 0; stop < 4; stop++) {
            struct kept next;
            open_kept(&next, random_below(&random, writes));
            for (size_t i = 0; i < last.copy.count; i++)
                record_add(&next.inside, last.copy.number[i]);
            const struct isa *by = random_isa(&random);
            yoke_server *server = servers[random_below(&random, 4)];
            cr_assert_eq(run_by(by, &next, server, x, weight, &total), YOKE_OK, "%s",
                         yoke_last_error());
            cr_assert(uint256_equal(total, expected), "%" PRIu64 " at stop %d by %s", x, stop,
                      by->name);
            close_kept(&last);
            last = next;
        }
        close_kept(&last);
    }
    for (int i = 1; i < 4; i++)
        yoke_server_release(servers[i]);
}

/* What another sum has left, or another version. */
Test(journal, foreign_records_are_refused, .timeout = 60)
{
    const uint64_t x = 100000000;
    struct kept kept, other;
    struct uint256 total = uint256_of(7);
    open_kept(&kept, 5);
    cr_assert_eq(run(&kept, NULL, x, WEIGHT_PRIME, &total), YOKE_OK);
    for (size_t i = 0; i < 8; i++) {
        open_kept(&other, 0);
        size_t count = i < 6 ? kept.copy.count : i < 7 ? kept.copy.count - 1 : 3;
        for (size_t j = 0; j < count; j++)
            record_add(&other.inside, kept.copy.number[j]);
        if (i < 5) /* version, x, weight, y or z */
            other.inside.number[i] += i < 3 ? 1 : x;
        else if (i < 6)
            record_add(&other.inside, 0);
        total = uint256_of(7);
        cr_assert_eq(run(&other, NULL, x, WEIGHT_PRIME, &total), YOKE_SYSTEM, "%zu", i);
        cr_assert_not_null(strstr(yoke_last_error(), "does not know"), "%s", yoke_last_error());
        cr_assert(uint256_equal(total, uint256_of(7)) && other.sums.count == 0);
        close_kept(&other);
    }
    close_kept(&kept);
}
