/* A sieve over the numbers up to z that enters smallest factors in place of crossing off. */
#include "factors.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "primes/cancel.h"

static const uint8_t residue[8] = {1, 7, 11, 13, 17, 19, 23, 29};

/* The entry of m. */
static size_t index_of(uint64_t m)
{
    return factors_up_to(m) - 1;
}

/* Multiples between two looks, which lie in as many lines of the cache: a millisecond. Primes with
 * few multiples are looked at by the word. */
#define MULTIPLES_A_LOOK (UINT32_C(1) << 16)
#define MULTIPLES_FEW    1024

/* Entries that are filled, or looked through for leaves, between two looks. */
#define ENTRIES_A_LOOK (UINT32_C(1) << 22)

/* The multiples of n that have an entry, by number; 0 behind the last one. */
static uint64_t multiple_of(uint64_t n, uint32_t number, uint32_t z)
{
    uint64_t multiple = n * (30 * (number / 8) + residue[number % 8]);
    return multiple <= z ? multiple : 0;
}

static yoke_status look_after(uint32_t multiples)
{
    return multiples % MULTIPLES_A_LOOK == MULTIPLES_A_LOOK - 1 ? cancel_look() : YOKE_OK;
}

/* Of a prime up to y, whose even entry is p - 1, or 65534. */
static void enter_factor(uint16_t *entry, uint32_t even)
{
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): all are set before
    if (*entry >= UINT16_MAX - 1)
        *entry = (uint16_t)((even | (*entry & 1)) ^ 1);
    else if (*entry)
        *entry ^= 1;
}

static yoke_status enter_prime(uint16_t *factor, uint32_t p, uint32_t y, uint32_t z)
{
    uint32_t even = (p < UINT16_MAX ? p : UINT16_MAX) - 1;
    yoke_status status = YOKE_OK;
    uint32_t i = 0;
    for (uint64_t multiple; status == YOKE_OK && (multiple = multiple_of(p, i, z)); i++) {
        if (p > y)
            factor[index_of(multiple)] = 0;
        else
            enter_factor(&factor[index_of(multiple)], even);
        status = look_after(i);
    }
    uint32_t squares = 0;
    for (uint64_t multiple, square = (uint64_t)p * p;
         status == YOKE_OK && (multiple = multiple_of(square, squares, z)); squares++) {
        factor[index_of(multiple)] = 0;
        status = look_after(squares);
    }
    return status == YOKE_OK && i > MULTIPLES_FEW ? cancel_look() : status;
}

/* Every number as if it had no prime factor; a look for each run of them. */
static yoke_status clear(uint16_t *factor, size_t entries)
{
    yoke_status status = YOKE_OK;
    for (size_t done = 0; done < entries && status == YOKE_OK; status = cancel_look()) {
        size_t end = entries - done < ENTRIES_A_LOOK ? entries : done + ENTRIES_A_LOOK;
        for (; done < end; done++)
            factor[done] = UINT16_MAX - 1;
    }
    return status;
}

/* The table's bits lie like the entries. */
static yoke_status enter_primes(const struct gourdon *gourdon, size_t entries)
{
    yoke_status status = YOKE_OK;
    for (size_t i = 0; i < entries && status == YOKE_OK; i++) {
        if (gourdon->table.word[i / 64].bits >> i % 64 & 1)
            status = enter_prime(gourdon->factor, (uint32_t)(30 * (i / 8) + residue[i % 8]),
                                 gourdon->y, gourdon->z);
        if (i % 64 == 63 && status == YOKE_OK)
            status = cancel_look();
    }
    return status;
}

yoke_status factors_open(struct gourdon *gourdon)
{
    size_t entries = factors_up_to(gourdon->z);
    size_t read = (entries + 7) / 8 * 8; /* see list_leaves() */
    gourdon->factor = memory_allocate(read * sizeof *gourdon->factor);
    if (!gourdon->factor)
        return error_set(YOKE_NO_MEMORY, "no memory for the factors of the numbers up to %u",
                         gourdon->z);
    yoke_status status = clear(gourdon->factor, read);
    return status == YOKE_OK ? enter_primes(gourdon, entries) : status;
}

yoke_status factors_list(const struct gourdon *gourdon, uint32_t p, struct leaf_list *list)
{
    size_t left = list->end - list->next;
    size_t end = left < ENTRIES_A_LOOK ? list->end : list->next + ENTRIES_A_LOOK;
    list->count = gourdon->isa->list_leaves(gourdon->factor, &list->next, end, p, list->leaf);
    return list->next < list->end ? cancel_look() : YOKE_OK;
}
