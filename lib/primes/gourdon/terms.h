/* The terms of Gourdon's formula: what each of them can do, and all of them as one row of parts.
 *
 * A new term is a file NAME.c that defines `term_NAME`, and a line in GOURDON_TERMS. */
#ifndef PRIMES_GOURDON_TERMS_H
#define PRIMES_GOURDON_TERMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/uint256.h"
#include "context.h"
#include "merge.h"

/* What a term is made ready for. */
struct term_request {
    const struct gourdon *gourdon;
    const struct sieving_primes *primes; /* up to the root of x / y                              */
    unsigned workers;
    struct record *saved; /* where save() left off, or NULL: from the beginning                  */
};

/* The operations of a term. Its state begins with the struct merge of its parts, which says how
 * many there are. */
struct gourdon_term {
    size_t size;        /* of the state, which is all zero before open()                         */
    size_t worker_size; /* of one worker's memory, all zero before its first part; 0: none       */
    /* Cuts what is left into parts. After a failure there is close() all the same. */
    yoke_status (*open)(void *state, const struct term_request *request);
    /* About what a part takes, in nanoseconds on a Zen 4 with AVX-512. With other instruction sets
     * all terms take longer, by factors that differ little: these costs only cut the work into
     * parts and say which share of it is done. How long it takes says choose.c. */
    double (*cost)(const void *state, uint64_t number);
    /* Works a part out, each once, in any order, by many workers at a time. */
    yoke_status (*part)(void *state, void *worker, uint64_t number);
    /* Adds how far the parts are put together; NULL: it is not saved, and open() begins anew. */
    void (*save)(void *state, struct record *record);
    /* What the term comes to when all parts are done; NULL: to the sum of these. */
    struct uint256 (*total)(const void *state);
    void (*close_worker)(void *worker); /* unless worker_size is 0                               */
    void (*close)(void *state);
};

/* Those that take longest first, so that none of their parts is left at the end. Records have them
 * in this order: see RECORD_VERSION. */
#define GOURDON_TERMS(TERM)                                                                        \
    TERM(d)                                                                                        \
    TERM(b)                                                                                        \
    TERM(pairs)                                                                                    \
    TERM(composite)                                                                                \
    TERM(phi0)                                                                                     \
    TERM(sigma)

#define TERM_DECLARED(name) extern const struct gourdon_term term_##name;
#define TERM_NUMBER(name)   TERM_##name,
GOURDON_TERMS(TERM_DECLARED)
enum { GOURDON_TERMS(TERM_NUMBER) TERMS };

/* All terms, whose parts are numbered one term after the other. */
struct terms {
    struct sieving_primes primes;
    void *state[TERMS];
    uint64_t parts[TERMS]; /* of each                                                            */
};

/* One worker's memory. */
struct terms_worker {
    void *memory[TERMS];
};

/* Makes all terms ready, from where terms_save() left off if `saved` is not NULL. After a failure
 * the caller closes them all the same: YOKE_NO_MEMORY, YOKE_CANCELLED. */
yoke_status terms_open(struct terms *terms, const struct gourdon *gourdon, unsigned workers,
                       struct record *saved);
void terms_close(struct terms *terms);

void terms_save(struct terms *terms, struct record *record);

/* The parts of all terms together. */
uint64_t terms_parts(const struct terms *terms);

/* Which term a part belongs to; it keeps its number in there. */
int terms_find(const struct terms *terms, uint64_t *number);

/* About what a part takes, in nanoseconds. */
double terms_cost(const struct terms *terms, uint64_t number);

/* `worker`, which is all zero before, is to be closed after a failure as well: YOKE_NO_MEMORY. */
yoke_status terms_worker_open(struct terms_worker *worker);
void terms_worker_close(struct terms_worker *worker);

/* Works a part out. Errors: those of the term. */
yoke_status terms_part(struct terms *terms, struct terms_worker *worker, uint64_t number);

/* What all of them come to together, once all parts are done. */
struct uint256 terms_total(const struct terms *terms);

#endif
