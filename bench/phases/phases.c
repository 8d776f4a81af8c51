/* Puts a clock around the stages of a sieve: wrappers switch the phase, which the time since the
 * last switch is added to. See phases.h. */
#include "phases.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "primes/isa/isa.h"
#include "primes/large.h"
#include "primes/presieve.h"
#include "primes/sieve.h"
#include "primes/sieving_primes.h"
#include "primes/survivors.h"

const char *const phase_name[PHASES] = {"primes", "starts", "pre-sieve", "small", "medium",
                                        "large",  "tests",  "sums",      "other"};

/* ---- the clock ------------------------------------------------------------------------------- */

static bool running;
static int64_t spent[PHASES], last;
static enum phase now_in;

static int64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Returns the phase to go back to. */
static enum phase enter(enum phase phase)
{
    enum phase before = now_in;
    if (!running || before == PHASE_PRIMES)
        return before;
    int64_t now = nanoseconds();
    spent[before] += now - last;
    last = now;
    now_in = phase;
    return before;
}

static void leave_to(enum phase before)
{
    if (!running || before == now_in)
        return;
    int64_t now = nanoseconds();
    spent[now_in] += now - last;
    last = now;
    now_in = before;
}

void phases_begin(void)
{
    memset(spent, 0, sizeof spent);
    now_in = PHASE_OTHER;
    last = nanoseconds();
    running = true;
}

void phases_end(double seconds[PHASES])
{
    spent[now_in] += nanoseconds() - last;
    running = false;
    for (int phase = 0; phase < PHASES; phase++)
        seconds[phase] = (double)spent[phase] * 1e-9;
}

/* ---- instruction sets
 * ----------------------------------------------------------------------------- */

static const struct isa *real;
static struct isa timed;

static void combine_patterns(uint8_t *bytes, size_t size, const uint8_t *const pattern[PATTERNS],
                             int keep)
{
    enum phase before = enter(PHASE_PRESIEVE);
    real->combine_patterns(bytes, size, pattern, keep);
    leave_to(before);
}

static void cross_off_small(uint8_t *block, uint32_t size, struct small_prime *primes, size_t count)
{
    enum phase before = enter(PHASE_SMALL);
    real->cross_off_small(block, size, primes, count);
    leave_to(before);
}

static void cross_off_medium(uint8_t *segment, uint32_t size, uint32_t dummy,
                             struct medium_prime *primes, size_t count, const struct wheel *wheel,
                             const struct wheel_group *lanes)
{
    enum phase before = enter(PHASE_MEDIUM);
    real->cross_off_medium(segment, size, dummy, primes, count, wheel, lanes);
    leave_to(before);
}

static void add_moments(const uint8_t *bytes, size_t size, struct bitmap_moments *moments)
{
    enum phase before = enter(PHASE_SUMS);
    real->add_moments(bytes, size, moments);
    leave_to(before);
}

const struct isa *__real_isa_choose(const char **);
const struct isa *__wrap_isa_choose(const char **);
const struct isa *__wrap_isa_choose(const char **problem)
{
    real = __real_isa_choose(problem);
    if (!real)
        return NULL;
    timed = *real;
    timed.combine_patterns = combine_patterns;
    timed.cross_off_small = cross_off_small;
    timed.cross_off_medium = cross_off_medium;
    timed.add_moments = add_moments;
    return &timed;
}

/* ---- the stages ------------------------------------------------------------------------------ */

/* Defines the function that the linker puts before another one, and counts its time to a phase. */
#define WRAP(counted, name, parameters, arguments)                                                 \
    yoke_status __real_##name parameters;                                                          \
    yoke_status __wrap_##name parameters;                                                          \
    yoke_status __wrap_##name parameters                                                           \
    {                                                                                              \
        enum phase before = enter(counted);                                                        \
        yoke_status status = __real_##name arguments;                                              \
        leave_to(before);                                                                          \
        return status;                                                                             \
    }

WRAP(PHASE_PRIMES, sieving_primes_open,
     (yoke_server * server, uint32_t limit, const struct isa *isa, struct sieving_primes *primes),
     (server, limit, isa, primes))
WRAP(PHASE_STARTS, sieve_open,
     (const struct plan *plan, const struct sieving_primes *primes, struct windows *windows,
      const struct isa *isa, struct sieve **sieve),
     (plan, primes, windows, isa, sieve))
WRAP(PHASE_STARTS, sieve_start, (struct sieve * sieve, uint64_t chunk), (sieve, chunk))
WRAP(PHASE_LARGE, large_cross_off, (struct large * large, uint8_t *segment), (large, segment))

WRAP(PHASE_TESTS, survivors_test,
     (uint8_t * bytes, uint32_t size, uint64_t first_byte, uint32_t modulus,
      const uint16_t *residue, const struct isa *isa),
     (bytes, size, first_byte, modulus, residue, isa))
