/* Refuses what no run over an interval can be asked for. */
#include "options.h"

#include "base/error.h"
#include "base/extensible.h"
#include "base/instruction_set.h"
#include "gourdon/context.h"
#include "isa/isa.h"

static yoke_status check_options(const yoke_primes_options *options)
{
    if ((int)options->algorithm < YOKE_ALGORITHM_AUTO ||
        (int)options->algorithm > YOKE_ALGORITHM_COMBINATORIAL)
        return error_set(YOKE_INVALID, "%d is no yoke_algorithm", (int)options->algorithm);
    if (options->checkpoint_interval < 0)
        return error_set(YOKE_INVALID, "the checkpoint interval is negative; 0 is the default");
    if (options->resume && !options->checkpoint)
        return error_set(YOKE_INVALID, "there is nothing to resume from without a checkpoint");
    if (options->checkpoint && !*options->checkpoint)
        return error_set(YOKE_INVALID, "the name of the checkpoint is empty: name a file, or none");
    return YOKE_OK;
}

static const yoke_primes_options defaults = YOKE_PRIMES_OPTIONS_INIT;

/* Beyond 2^64 there is one way. */
static yoke_status check_bounds(uint128 lo, uint128 hi, const yoke_primes_options *options)
{
    char text[YOKE_UINT128_TEXT_SIZE];
    if (hi > GOURDON_MOST && lo < hi)
        return error_set(YOKE_INVALID, "the interval ends at %s; the largest end is 10^26",
                         yoke_uint128_text(uint128_split(hi), text));
    if (hi > UINT64_MAX && lo < hi && options->algorithm != YOKE_ALGORITHM_AUTO &&
        options->algorithm != YOKE_ALGORITHM_COMBINATORIAL)
        return error_set(YOKE_INVALID, "sieve and trial division end at 2^64 - 1; leave the "
                                       "algorithm to choice, or take the combinatorial one");
    return YOKE_OK;
}

yoke_status options_check(uint128 lo, uint128 hi, const yoke_primes_options **options,
                          yoke_primes_options *copy)
{
    *options = extensible_read(EXTENSIBLE(yoke_primes_options, cancel, "YOKE_PRIMES_OPTIONS_INIT"),
                               *options ? *options : &defaults, copy);
    if (!*options)
        return YOKE_INVALID;
    yoke_status status = check_options(*options);
    return status == YOKE_OK ? check_bounds(lo, hi, *options) : status;
}

yoke_status options_find_isa(const char *name, const struct isa **isa)
{
    const char *problem;
    char here[INSTRUCTION_SET_LIST_SIZE];
    *isa = name ? isa_find(name) : isa_choose(&problem);
    if (!*isa && name)
        return error_set(YOKE_INVALID, "no instruction set \"%.40s\" can run here; these can:%s",
                         name, instruction_set_list(here));
    return *isa ? YOKE_OK : error_set(YOKE_INVALID, "%s", problem);
}
