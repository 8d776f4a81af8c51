/* Calls over arrays, whose numbers are small integers, so that every sum of them is exact. */
#include <stdlib.h>
#include <yoke/numeric.h>

#include "play.h"

enum { ARRAY_MOST = 150000, PERIOD = 7, BINS = 4 };

/* Number i is i mod 7, so so many numbers come to this. */
static uint64_t sum_below(uint64_t count)
{
    uint64_t whole = count / PERIOD, rest = count % PERIOD;
    return whole * 21 + rest * (rest - 1) / 2;
}

struct arrays {
    yoke_server *server;
    yoke_array x, ones;
    uint64_t count;
};

/* One of the calls; `*right` says whether its answer is. */
static yoke_status call_one(unsigned way, const struct arrays *arrays, bool *right)
{
    static const double least = 0, most = PERIOD - 1;
    yoke_number found = {0};
    uint64_t counts[BINS] = {0};
    double expected = (double)sum_below(arrays->count);
    yoke_sum_mode mode = way & 1 ? YOKE_SUM_EXACT : YOKE_SUM_TREE;
    yoke_status status;
    switch (way / 2) {
    case 0:
        status = CALL(yoke_sum)(arrays->server, arrays->x, mode, &found);
        break;
    case 1:
        status = CALL(yoke_dot)(arrays->server, arrays->x, arrays->ones, mode, &found);
        break;
    case 2:
        status = CALL(yoke_norm2)(arrays->server, arrays->ones, mode, &found);
        found.f64 *= found.f64;
        *right = found.f64 > 0.999999 * (double)arrays->count &&
                 found.f64 < 1.000001 * (double)arrays->count;
        return status;
    case 3:
        status = way & 1 ? CALL(yoke_min)(arrays->server, arrays->x, &found, NULL)
                         : CALL(yoke_max)(arrays->server, arrays->x, &found, NULL);
        expected = way & 1 ? least : most;
        break;
    default:
        status = CALL(yoke_histogram)(arrays->server, arrays->x, 0, PERIOD + 1, BINS, counts);
        *right = counts[0] + counts[1] + counts[2] + counts[3] == arrays->count;
        return status;
    }
    *right = found.f64 == expected;
    return status;
}

static void scan_and_look(const struct arrays *arrays, unsigned number, struct layer *layer)
{
    double *sums = calloc(arrays->count, sizeof *sums);
    REQUIRE(sums, "no memory");
    yoke_status status =
        CALL(yoke_scan)(arrays->server, arrays->x, YOKE_SUM_TREE, YOKE_SCAN_INCLUSIVE, sums);
    REQUIRE(status == YOKE_OK || may_end_early(status, number, layer), "a scan answers %d", status);
    for (uint64_t i = 0; status == YOKE_OK && i < arrays->count; i++)
        REQUIRE(sums[i] == (double)sum_below(i + 1), "prefix %llu is %g", (unsigned long long)i,
                sums[i]);
    free(sums);
}

/* Two accumulators in two parts, one of which goes by bytes. */
static void add_up_exactly(const struct arrays *arrays)
{
    yoke_exact sum = YOKE_EXACT_INIT, other = YOKE_EXACT_INIT, read = YOKE_EXACT_INIT;
    unsigned char bytes[YOKE_EXACT_BYTES];
    yoke_array few = arrays->x, ones = arrays->ones;
    few.count = ones.count = few.count / 20;
    CALL(yoke_exact_add)(&sum, 0.5);
    yoke_status status = CALL(yoke_exact_add_array)(&sum, few);
    REQUIRE(status == YOKE_OK, "adding an array answers %d", status);
    status = CALL(yoke_exact_add_products)(&other, few, ones);
    REQUIRE(status == YOKE_OK, "adding products answers %d", status);
    CALL(yoke_exact_write)(&other, bytes);
    status = CALL(yoke_exact_read)(&read, bytes);
    REQUIRE(status == YOKE_OK, "reading a sum answers %d", status);
    CALL(yoke_exact_merge)(&sum, &read);
    double found = CALL(yoke_exact_round)(&sum);
    REQUIRE(found == 2 * (double)sum_below(few.count) + 0.5, "an exact sum is %g", found);
}

void play_arrays(const struct step *step, struct layer *layer)
{
    unsigned number = step->value / 8 % plan.servers;
    struct arrays arrays = {.count = PERIOD + step->value / 16 % (ARRAY_MOST - PERIOD)};
    double *x = calloc(arrays.count, sizeof *x), *ones = calloc(arrays.count, sizeof *ones);
    REQUIRE(x && ones, "no memory");
    for (uint64_t i = 0; i < arrays.count; i++) {
        x[i] = (double)(i % PERIOD);
        ones[i] = 1;
    }
    arrays.x = YOKE_ARRAY(x, arrays.count);
    arrays.ones = YOKE_ARRAY(ones, arrays.count);
    arrays.server = step->value & 1024 ? server_of(number) : NULL;
    if (arrays.server)
        atomic_store(&servers[number].has_others, true);
    for (unsigned way = step->value % 3; way < 10; way += 3) {
        bool right = false;
        yoke_status status = call_one(way, &arrays, &right);
        REQUIRE(status == YOKE_OK ? right : may_end_early(status, number, layer),
                "call %u over an array of %llu answers %d, %s", way,
                (unsigned long long)arrays.count, status, CALL(yoke_last_error)());
    }
    scan_and_look(&arrays, number, layer);
    add_up_exactly(&arrays);
    free(x);
    free(ones);
}
