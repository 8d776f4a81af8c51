/* Calls that have little to do with jobs: primes, topologies, texts, the log. */
#include <stdlib.h>
#include <string.h>

#include "play.h"

enum { NUMBERS = 20000 };

/* Sums and counts of the primes below each number, by trial division. */
static uint64_t sums[NUMBERS + 1], counts[NUMBERS + 1];

static bool is_prime(unsigned number)
{
    for (unsigned i = 2; i * i <= number; i++)
        if (number % i == 0)
            return false;
    return number > 1;
}

void plain_open(void)
{
    for (unsigned i = 0; i < NUMBERS; i++) {
        bool prime = is_prime(i);
        sums[i + 1] = sums[i] + (prime ? i : 0);
        counts[i + 1] = counts[i] + prime;
    }
}

bool may_end_early(yoke_status status, unsigned server, const struct layer *layer)
{
    unsigned job = layer->job;
    if (status == YOKE_CLOSED)
        return may_be_closed(server);
    if (status != YOKE_CANCELLED)
        return false;
    return layer->fails || may_be_closed(server) ||
           (job != NO_JOB && (may_be_closed(plan.job_server[job]) || may_be_cancelled(job) ||
                              plan.traits[job].deadline || plan.traits[job].time_limit));
}

static void note_progress(double done, double total, void *context)
{
    REQUIRE(done >= *(double *)context && done <= total, "%g of %g after %g are done", done, total,
            *(double *)context);
    *(double *)context = done;
}

/* One of the five calls, for the primes in [lo, hi); the expected answer comes to `*expected`. */
static yoke_status sum_one_way(unsigned way, yoke_server *server, uint64_t lo, uint64_t hi,
                               const yoke_primes_options *options, uint64_t *found,
                               uint64_t *expected)
{
    yoke_uint128 from = {lo, 0}, to = {hi, 0}, result = {0, 0};
    yoke_uint256 wide = {{0}};
    yoke_status status;
    uint64_t last;
    *expected = way % 2 ? counts[hi] - counts[lo] : sums[hi] - sums[lo];
    switch (way) {
    case 0:
        status = CALL(yoke_sum_primes)(server, lo, hi, options, &result);
        break;
    case 1:
        status = CALL(yoke_count_primes)(server, lo, hi, options, &result.lo);
        break;
    case 2:
        status = CALL(yoke_sum_primes_wide)(server, from, to, NULL, &wide);
        result.lo = wide.word[0];
        break;
    case 3:
        status = CALL(yoke_count_primes_wide)(server, from, to, NULL, &result);
        break;
    default:
        status = CALL(yoke_sum_first_primes)(server, counts[hi], NULL, &result, &last);
        *expected = sums[hi];
    }
    *found = result.lo;
    return status;
}

void play_sum(const struct step *step, struct layer *layer)
{
    unsigned number = step->value / 8 % plan.servers;
    yoke_server *server = step->value & 1024 ? server_of(number) : NULL;
    uint64_t lo = step->value / 7 % NUMBERS, hi = lo + step->value / 13 % (NUMBERS - lo);
    uint64_t found, expected;
    double done = 0;
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.progress = note_progress;
    options.progress_context = &done;
    options.double_check = step->value & 2048;
    if (server)
        atomic_store(&servers[number].has_others, true);
    yoke_status status = sum_one_way(step->value % 5, server, lo, hi, &options, &found, &expected);
    if (status != YOKE_OK)
        REQUIRE(may_end_early(status, number, layer), "a sum of primes answers %d", status);
    else
        REQUIRE(found == expected, "%llu instead of %llu for the primes from %llu to %llu (%u)",
                (unsigned long long)found, (unsigned long long)expected, (unsigned long long)lo,
                (unsigned long long)hi, step->value % 5);
}

/* The sum of the primes in [lo, hi), by a walk over them. */
static yoke_status walk_over_primes(uint64_t lo, uint64_t hi, uint64_t *sum)
{
    yoke_prime_iterator *iterator;
    const uint64_t *primes;
    size_t count;
    *sum = 0;
    yoke_status status = CALL(yoke_prime_iterator_open)(lo, hi, &iterator);
    if (status != YOKE_OK)
        return status;
    while ((status = CALL(yoke_prime_iterator_next)(iterator, &primes, &count)) == YOKE_OK && count)
        for (size_t i = 0; i < count; i++)
            *sum += primes[i];
    CALL(yoke_prime_iterator_release)(iterator);
    return status;
}

void play_primes(const struct step *step, struct layer *layer)
{
    uint64_t lo = step->value % NUMBERS, hi = lo + step->value / 13 % (NUMBERS - lo), sum;
    yoke_primes_plan how;
    yoke_status status = walk_over_primes(lo, hi, &sum);
    if (status != YOKE_OK)
        REQUIRE(may_end_early(status, 0, layer), "a walk over primes answers %d", status);
    else
        REQUIRE(sum == sums[hi] - sums[lo], "a walk over primes comes to %llu",
                (unsigned long long)sum);
    REQUIRE(*CALL(yoke_primes_isa)(), "a kernel without a name");
    status = CALL(yoke_plan_primes)(2, lo, hi, NULL, &how);
    REQUIRE(status == YOKE_OK && *how.reason, "a plan for primes answers %d", status);
    status =
        CALL(yoke_plan_primes_wide)(2, (yoke_uint128){lo, 1}, (yoke_uint128){hi, 2}, NULL, &how);
    REQUIRE(status == YOKE_OK && *how.reason, "a plan for primes answers %d", status);
}

/* ---- topologies ------------------------------------------------------------------------------ */

static void look_at_topology(yoke_topology *topology, unsigned workers)
{
    yoke_topology_counts sizes;
    CALL(yoke_topology_count)(topology, &sizes);
    REQUIRE(sizes.usable_pus && sizes.usable_pus <= sizes.pus, "%u of %u threads are usable",
            sizes.usable_pus, sizes.pus);
    REQUIRE(CALL(yoke_topology_workers)(topology) == workers, "not %u workers", workers);
    REQUIRE(*CALL(yoke_topology_reason)(topology), "no reason");
    REQUIRE(*CALL(yoke_topology_binding)(topology), "no binding");
    for (unsigned i = 0; i < workers; i++) {
        REQUIRE(*CALL(yoke_topology_place)(topology, i), "worker %u has no place", i);
        REQUIRE(CALL(yoke_topology_node)(topology, i) < sizes.nodes, "worker %u has no node", i);
    }
    REQUIRE(!CALL(yoke_topology_place)(topology, workers), "more than %u workers", workers);
}

void play_topology(const struct step *step, struct layer *layer)
{
    char *text = NULL;
    size_t length = 0;
    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    yoke_topology *topology;
    (void)layer;
    options.workers = 1 + step->value / 4 % 9;
    options.synthetic = step->value % 4 ? "numa:2 core:4 pu:2" : NULL;
    yoke_status status = CALL(yoke_topology_open)(&options, &topology);
    REQUIRE(status == YOKE_OK, "a topology answers %d", status);
    look_at_topology(topology, options.workers);
    FILE *stream = open_memstream(&text, &length);
    REQUIRE(stream, "no memory");
    status = step->value & 64 ? CALL(yoke_topology_print)(topology, stream)
                              : CALL(yoke_topology_draw)(topology, stream);
    fclose(stream);
    REQUIRE(status == YOKE_OK && length, "a topology prints %zu bytes, with %d", length, status);
    free(text);
    CALL(yoke_topology_release)(topology);
}

/* ---- texts ----------------------------------------------------------------------------------- */

void play_texts(const struct step *step, struct layer *layer)
{
    char text[YOKE_UINT256_TEXT_SIZE], expected[32];
    (void)layer;
    snprintf(expected, sizeof expected, "%u", step->value);
    CALL(yoke_uint128_text)((yoke_uint128){step->value, 0}, text);
    REQUIRE(!strcmp(text, expected), "%s is written as %s", expected, text);
    CALL(yoke_uint256_text)((yoke_uint256){{step->value}}, text);
    REQUIRE(!strcmp(text, expected), "%s is written as %s", expected, text);
    REQUIRE(strchr(CALL(yoke_version)(), '.'), "no version");
    for (int status = -1; status < 20; status++)
        REQUIRE(*CALL(yoke_status_text)((yoke_status)status), "status %d has no text", status);
    for (int state = 0; state <= YOKE_STATES; state++)
        REQUIRE(!strcmp(CALL(yoke_state_text)((yoke_state)state), "unknown") ==
                    (state == YOKE_STATES),
                "state %d has a wrong text", state);
    yoke_status status = CALL(yoke_error_set)(YOKE_SYSTEM, "%s went wrong", expected);
    const char *error = CALL(yoke_last_error)();
    REQUIRE(status == YOKE_SYSTEM && !strncmp(error, expected, strlen(expected)) &&
                !strcmp(error + strlen(expected), " went wrong"),
            "the latest error is \"%s\"", error);
    char whole[256];
    snprintf(whole, sizeof whole, "it is over: %s", error);
    status = CALL(yoke_error_set)(YOKE_OVERFLOW, "it is over: %s", CALL(yoke_last_error)());
    error = CALL(yoke_last_error)();
    REQUIRE(status == YOKE_OVERFLOW && !strcmp(error, whole),
            "the latest error is \"%s\", not \"%s\"", error, whole);
}

/* ---- the log --------------------------------------------------------------------------------- */

static void note_line(yoke_log_level level, const char *line, void *context)
{
    REQUIRE(level >= YOKE_LOG_WARNING && level <= YOKE_LOG_DEBUG, "a line of level %d", (int)level);
    REQUIRE(*line && !strchr(line, '\n'), "the log is told \"%s\"", line);
    atomic_fetch_add((atomic_ulong *)context, 1);
}

void play_log(const struct step *step, struct layer *layer)
{
    static atomic_ulong lines[2];
    (void)layer;
    if (step->value % 3 == 0)
        CALL(yoke_log_set)
    (step->value & 8 ? note_line : NULL, &lines[step->value >> 4 & 1],
     (yoke_log_level)(1 + step->value / 64 % 3));
    else CALL(yoke_log)((yoke_log_level)(1 + step->value / 64 % 3), "step %u", step->value);
}
