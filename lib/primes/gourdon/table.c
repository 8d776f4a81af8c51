/* Fills a table of primes from the segments of a sieve. */
#include "table.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"

yoke_status table_open(struct table *table, enum weight weight, uint64_t bytes, int count)
{
    *table = (struct table){.weight = weight, .room = bytes / 8 + 1};
    table->word = malloc(table->room * sizeof *table->word);
    table->count = count ? malloc(table->room * sizeof *table->count) : NULL;
    if (table->word && (table->count || !count))
        return YOKE_OK;
    table_close(table);
    return error_set(YOKE_NO_MEMORY, "no memory for a table of %zu words of primes", table->room);
}

void table_close(struct table *table)
{
    free(table->word);
    free(table->count);
    free(table->sum);
    *table = (struct table){0};
}

/* An interval of W numbers has at most 2 W / ln W primes (Montgomery and Vaughan, "The large
 * sieve", 1973, corollary 2). */
yoke_status table_open_sums(struct table *table)
{
    double numbers = (double)table->room * WORD_NUMBERS;
    size_t primes = (size_t)(2 * numbers / log(numbers)) + 1;
    table->sum = malloc((primes + 1) * sizeof *table->sum);
    if (!table->sum)
        return error_set(YOKE_NO_MEMORY, "no memory for the sums of %zu primes", primes);
    return YOKE_OK;
}

void table_fill_sums(struct table *table)
{
    uint64_t *next = table->sum;
    uint64_t sum = *next++ = 0;
    for (size_t i = 0; i < table->words; i++) {
        uint64_t first = table->first + i * WORD_NUMBERS;
        for (uint64_t bits = table->word[i].bits; bits; bits &= bits - 1)
            *next++ = sum += first + prefix_number[__builtin_ctzll(bits)];
    }
}

void table_clear(struct table *table, uint64_t before, uint32_t count)
{
    table->words = 0;
    table->total = before;
    if (table->count)
        table->count[0] = count;
}

void table_add(struct table *table, const struct segment *segment, const struct isa *isa)
{
    uint64_t first = segment->first_byte * 30;
    if (table->words == 0)
        table->first = first;
    size_t words = (segment->size + 7) / 8;
    struct prefix_word *word = table->word + table->words;
    table->total =
        isa->fill_prefix(word, segment->bytes, words, first, table->weight, table->total);
    if (table->count) {
        uint32_t *count = table->count + table->words;
        for (size_t i = 0; i + 1 < words; i++)
            count[i + 1] = count[i] + (uint32_t)prefix_count(word[i].bits);
        if (table->words + words < table->room)
            count[words] = count[words - 1] + (uint32_t)prefix_count(word[words - 1].bits);
    }
    table->words += words;
}
