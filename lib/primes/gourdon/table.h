/* A table of the primes of a stretch, from which F(v) and the count up to any v of it are had by
 * one look. */
#ifndef PRIMES_GOURDON_TABLE_H
#define PRIMES_GOURDON_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "primes/isa/prefix.h"
#include "primes/sieve.h"

struct table {
    uint64_t first; /* the number it starts at                                                   */
    size_t words, room;
    enum weight weight;
    uint64_t total;           /* what it weighs, with what came before                           */
    struct prefix_word *word; /* bits, and weights before                                        */
    uint32_t *count;          /* primes before each word; or NULL: not asked for                 */
    uint64_t *sum;            /* of the first primes, by their number; or NULL: not asked for    */
};

/* F(v), relative to what came before the table. */
static inline uint64_t table_weight(const struct table *table, uint64_t v)
{
    return prefix_up_to(table->word, table->first, table->weight, v);
}

static inline uint64_t table_count(const struct table *table, uint64_t v)
{
    uint64_t index = (v - table->first) / WORD_NUMBERS;
    uint64_t start = table->first + index * WORD_NUMBERS;
    return table->count[index] + prefix_count(table->word[index].bits & prefix_mask[v - start]);
}

/* Appends a segment, which must follow the last one. The table has room for it. */
void table_add(struct table *table, const struct segment *segment, const struct isa *isa);

/* Makes room for `bytes` bytes of bitmap. */
yoke_status table_open(struct table *table, enum weight weight, uint64_t bytes, int count);
void table_close(struct table *table);

/* Makes room for the sums of an open table's primes, and fills them in once its words are. */
yoke_status table_open_sums(struct table *table);
void table_fill_sums(struct table *table);

/* Empties it; the next segment starts it anew, after primes that weigh `before` and are `count`. */
void table_clear(struct table *table, uint64_t before, uint32_t count);

#endif
