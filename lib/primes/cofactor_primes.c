/* Sieves the interval of the cofactors, and turns the bitmap into one of the odd numbers. */
#include "cofactor_primes.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/little_endian.h"
#include "base/memory.h"
#include "caches.h"
#include "sieving.h"
#include "wheel.h"

/* What may be looked at behind the last cofactor: the bits of two runs and a word. */
#define SLACK_BYTES 32

/* Eight bytes of bitmap, of modulus 30, stand for as many numbers as 15 bytes of cofactors. */
#define GROUP         8
#define GROUP_NUMBERS 240
#define GROUP_OUT     (GROUP_NUMBERS / 16)

/* What is entered, and for each byte of bitmap the bits of the odd numbers that it stands for. */
struct entry {
    struct cofactor_primes *cofactors;
    uint16_t odd[256];
};

static void fill_odd(uint16_t odd[256])
{
    const struct wheel *wheel = wheel_of(30);
    for (unsigned byte = 0; byte < 256; byte++) {
        odd[byte] = 0;
        for (int lane = 0; lane < LANES; lane++)
            if (byte >> lane & 1)
                odd[byte] |= (uint16_t)(1u << wheel->residue[lane] / 2);
    }
}

/* Of half a group. */
static inline uint64_t join_odd(const struct entry *entry, const uint8_t *bytes)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < GROUP / 2; i++)
        bits |= (uint64_t)entry->odd[bytes[i]] << 15 * i;
    return bits;
}

/* Segments start at groups: workers write to different bytes. */
static yoke_status enter_segment(void *context, const struct segment *segment,
                                 const struct isa *isa, struct totals *totals)
{
    (void)isa, (void)totals;
    const struct entry *entry = context;
    const uint8_t *bytes = segment->bytes;
    uint64_t first = segment->first_byte * segment->modulus - entry->cofactors->first;
    uint8_t *out = entry->cofactors->bits + first / 16;
    for (uint32_t done = 0; done < segment->size; done += GROUP, out += GROUP_OUT) {
        uint64_t low = join_odd(entry, bytes + done);
        uint64_t high = join_odd(entry, bytes + done + GROUP / 2);
        low = little_endian_64(low | high << 60);
        high = little_endian_64(high >> 4);
        memcpy(out, &low, sizeof low);
        memcpy(out + sizeof low, &high, GROUP_OUT - sizeof low);
    }
    return YOKE_OK;
}

static yoke_status refuse(size_t bytes)
{
    return error_set(YOKE_NO_MEMORY,
                     "no memory for the primes among the cofactors (%zu MB): free some memory or "
                     "take a shorter interval",
                     bytes / 1000000 + 1);
}

static yoke_status enter_all(yoke_server *server, struct cofactor_primes *found,
                             const struct sieving_primes *primes, const struct isa *isa)
{
    struct plan_request request = {.lo = found->first,
                                   .hi = found->end,
                                   .workers = server ? yoke_server_workers(server) : 1,
                                   .caches = caches_here(),
                                   .modulus = 30,
                                   .test = PLAN_SIEVES};
    struct plan plan;
    plan_make(&plan, &request);
    struct entry entry = {.cofactors = found};
    fill_odd(entry.odd);
    struct sieving sieving = {.server = server,
                              .plan = &plan,
                              .primes = primes,
                              .isa = isa,
                              .each = enter_segment,
                              .context = &entry};
    struct totals totals;
    return sieving_run(&sieving, &totals);
}

yoke_status cofactor_primes_find(yoke_server *server, struct sieving_primes *primes,
                                 const struct plan *plan, const struct isa *isa)
{
    cofactor_primes_forget(primes);
    if (plan->cofactor_end <= plan->cofactor_first)
        return YOKE_OK;
    struct cofactor_primes found = {
        .first = plan->cofactor_first / GROUP_NUMBERS * GROUP_NUMBERS,
        .end = plan->cofactor_end,
    };
    size_t size = (found.end - found.first) / 16 + 1 + GROUP_OUT + SLACK_BYTES;
    found.bits = memory_allocate(size);
    if (!found.bits)
        return refuse(size);
    /* Groups write all but what is looked at behind them. */
    memset(found.bits + size - SLACK_BYTES - GROUP_OUT - 1, 0, SLACK_BYTES + GROUP_OUT + 1);
    /* One period that nothing gets to the end of. */
    found.pattern = (struct cofactor_pattern){found.bits, (double)(found.first / 2), 0x1p52, 0};
    yoke_status status = enter_all(server, &found, primes, isa);
    if (status == YOKE_OK)
        primes->cofactors = found;
    else
        free(found.bits);
    return status == YOKE_NO_MEMORY ? refuse(size) : status;
}

void cofactor_primes_forget(struct sieving_primes *primes)
{
    free(primes->cofactors.bits);
    primes->cofactors = (struct cofactor_primes){0};
}
