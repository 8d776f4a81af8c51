/* Walks the table of the terms: calls go by pointers once for a part, never inside of one. */
#include "terms.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/square_root.h"

#define TERM_ENTRY(name) &term_##name,

static const struct gourdon_term *const table[TERMS] = {GOURDON_TERMS(TERM_ENTRY)};

yoke_status terms_open(struct terms *terms, const struct gourdon *gourdon, unsigned workers,
                       struct record *saved)
{
    *terms = (struct terms){.state = {NULL}};
    uint32_t limit = square_root((uint64_t)(gourdon->x / gourdon->y));
    yoke_status status = sieving_primes_open(NULL, limit, gourdon->isa, &terms->primes);
    const struct term_request request = {gourdon, &terms->primes, workers, saved};
    for (int i = 0; i < TERMS && status == YOKE_OK; i++) {
        struct merge *merge = terms->state[i] = calloc(1, table[i]->size);
        if (!merge)
            return error_set(YOKE_NO_MEMORY, "no memory for a term of a sum");
        status = table[i]->open(merge, &request);
        terms->parts[i] = merge->parts;
    }
    return status;
}

void terms_close(struct terms *terms)
{
    for (int i = 0; i < TERMS; i++) {
        if (terms->state[i])
            table[i]->close(terms->state[i]);
        free(terms->state[i]);
    }
    sieving_primes_close(&terms->primes);
}

void terms_save(struct terms *terms, struct record *record)
{
    for (int i = 0; i < TERMS; i++)
        if (table[i]->save)
            table[i]->save(terms->state[i], record);
}

uint64_t terms_parts(const struct terms *terms)
{
    uint64_t parts = 0;
    for (int i = 0; i < TERMS; i++)
        parts += terms->parts[i];
    return parts;
}

int terms_find(const struct terms *terms, uint64_t *number)
{
    int term = 0;
    while (*number >= terms->parts[term])
        *number -= terms->parts[term++];
    return term;
}

double terms_cost(const struct terms *terms, uint64_t number)
{
    int term = terms_find(terms, &number);
    return table[term]->cost(terms->state[term], number);
}

yoke_status terms_worker_open(struct terms_worker *worker)
{
    for (int i = 0; i < TERMS; i++) {
        if (!table[i]->worker_size)
            continue;
        worker->memory[i] = calloc(1, table[i]->worker_size);
        if (!worker->memory[i])
            return error_set(YOKE_NO_MEMORY, "no memory for a worker");
    }
    return YOKE_OK;
}

void terms_worker_close(struct terms_worker *worker)
{
    for (int i = 0; i < TERMS; i++) {
        if (worker->memory[i])
            table[i]->close_worker(worker->memory[i]);
        free(worker->memory[i]);
    }
}

yoke_status terms_part(struct terms *terms, struct terms_worker *worker, uint64_t number)
{
    int term = terms_find(terms, &number);
    return table[term]->part(terms->state[term], worker->memory[term], number);
}

struct uint256 terms_total(const struct terms *terms)
{
    struct uint256 sum = {0};
    for (int i = 0; i < TERMS; i++) {
        const struct merge *merge = terms->state[i];
        uint256_add(&sum, table[i]->total ? table[i]->total(terms->state[i]) : merge->sum);
    }
    return sum;
}
