/* The sieve with every kernel that this processor can run, against published sums, without OpenMP
 * and hwloc: a cross compiler needs nothing but its C library. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/square_root.h"
#include "primes/cofactor_primes.h"
#include "primes/sieving.h"
#include "primes/sieving_primes.h"
#include "primes/totals.h"

static void expect(const char *kernel, uint64_t lo, uint64_t hi, uint64_t count, const char *sum)
{
    const struct isa *isa = isa_find(kernel);
    struct plan plan;
    struct plan_request request = {.lo = lo, .hi = hi, .workers = 1};
    struct sieving_primes primes;
    struct totals totals;
    plan_make(&plan, &request);
    yoke_status status = sieving_primes_open(NULL, plan.root, isa, &primes);
    if (status == YOKE_OK)
        status = cofactor_primes_find(NULL, &primes, &plan, isa);
    struct sieving sieving = {
        .plan = &plan, .primes = &primes, .isa = isa, .each = totals_add_segment};
    if (status == YOKE_OK)
        status = sieving_run(&sieving, &totals);
    totals_add_wheel_primes(&totals, &plan);
    sieving_primes_close(&primes);

    char text[YOKE_UINT128_TEXT_SIZE];
    yoke_uint128_text(uint128_split(totals.sum), text);
    cr_assert(status == YOKE_OK && totals.count == count && strcmp(text, sum) == 0,
              "%s [%llu, %llu): %s, %llu primes with sum %s", kernel, (unsigned long long)lo,
              (unsigned long long)hi, yoke_status_text(status), (unsigned long long)totals.count,
              text);
}

Test(cross, every_kernel_finds_published_sums)
{
    for (const struct isa *const *k = isa_compiled; *k; k++) {
        const char *name = (*k)->name;
        if (!isa_find(name)) {
            printf("SKIPPED %s: this processor cannot run it\n", name);
            continue;
        }
        /* OEIS A046731, A006880. */
        expect(name, 0, 101, 25, "1060");
        expect(name, 0, 10001, 1229, "5736396");
        expect(name, 0, 10000001, 664579, "3203324994356");
        expect(name, 0, 100000001, 5761455, "279209790387276");
        /* Counted and summed by primesieve 11.0. */
        expect(name, 1000000000000, 1000001000000, 36249, "36249018122131905");
        expect(name, 1000000000000, 1000010000000, 361726, "361727809140324132");
        expect(name, UINT64_MAX - 100, UINT64_MAX, 3, "55340232221128654611");
    }
}
