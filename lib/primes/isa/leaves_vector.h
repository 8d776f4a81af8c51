/* The loops over hard leaves, as many at a time as a vector holds numbers. */
#ifndef PRIMES_ISA_LEAVES_VECTOR_H
#define PRIMES_ISA_LEAVES_VECTOR_H

/* The sums of what leaves come to, each number of a vector on its own; the sum of the numbers up to
 * them by its lower 22 bits and those above. */
struct leaf_vectors {
    vector weight, count, low, high;
};

/* The tally of the lines before one that is at or before line *next, which it becomes; `before` is
 * that of the lines before *next. */
static inline uint64_t tally_before(const uint64_t *tally, uint64_t before, size_t *next,
                                    size_t line)
{
    vector sum = {0};
    size_t i = *next;
    for (; i >= line + VECTOR_NUMBERS; i -= VECTOR_NUMBERS)
        sum += vector_load(tally + i - VECTOR_NUMBERS);
    before -= vector_total(sum);
    for (; i > line; i--)
        before -= tally[i - 1];
    *next = line;
    return before;
}

/* Of the leaves m and -m: m, and how many times they are taken. */
static inline vector split_leaves(vector leaves, enum weight weight, vector *times)
{
    vector negative = (vector)((vector_signed)leaves < 0);
    *times = weight == WEIGHT_PRIME ? leaves : negative | 1;
    return (leaves ^ negative) - negative;
}

/* So many at a time: where their values lie is worked out for all of them before their lines are
 * looked at, so that no line waits for a division. */
#define LEAVES_BLOCK 64

struct leaves_block {
    uint64_t line[LEAVES_BLOCK]; /* of the leaf's value                                          */
    uint64_t mask[LEAVES_BLOCK]; /* where lines_mask has that of the bits up to it               */
    uint64_t before[LEAVES_BLOCK];
    int32_t leaf[LEAVES_BLOCK]; /* behind the last one, repeats it                               */
};

static inline void place_leaves(struct leaves_block *block, size_t count, uint64_t first,
                                uint64_t n)
{
    for (size_t i = 0; i < count; i += VECTOR_NUMBERS) {
        vector byte, in_byte, times;
        vector m = split_leaves(vector_load_signed_32(block->leaf + i), WEIGHT_ONE, &times);
        words_place(words_quotients(n, m, first), &byte, &in_byte);
        vector_store(block->line + i, byte / LINE_BYTES);
        vector_store(block->mask + i,
                     in_byte * sizeof lines_mask[0] + LINE_BYTES_MOST - byte % LINE_BYTES);
    }
}

/* The tally of the bits of its line up to a leaf, by word. */
static inline vector line_of_leaf(const struct counted_bitmap *bitmap, enum weight weight,
                                  const struct leaves_block *block, size_t i)
{
    const uint8_t *bytes = bitmap->bytes + LINE_BYTES * block->line[i];
    const uint8_t *mask = lines_mask[0] + block->mask[i];
    vector words = {0};
    for (int j = 0; j < LINE_VECTORS; j++) {
        vector bits = vector_load(bytes + j * VECTOR_BYTES) & vector_load(mask + j * VECTOR_BYTES);
        words += lines_words(bits, j, weight);
    }
    return words;
}

/* VECTOR_NUMBERS leaves of a block, taken so many times. */
static inline void add_leaves(const struct counted_bitmap *bitmap, enum weight weight,
                              const struct leaves_block *block, size_t first, vector times,
                              struct leaf_vectors *sums)
{
    vector words[VECTOR_NUMBERS];
#pragma GCC unroll 8
    for (size_t i = 0; i < VECTOR_NUMBERS; i++)
        words[i] = line_of_leaf(bitmap, weight, block, first + i);
    vector start = vector_product_32(vector_load(block->line + first), vector_all(LINE_NUMBERS));
    vector tally = lines_tallies(vector_totals(words), start, weight);
    tally += vector_load(block->before + first);
    sums->weight += times;
    if (weight == WEIGHT_ONE) {
        sums->count += vector_product_signed_32(times, tally);
    } else {
        sums->count += vector_product_signed_32(times, tally & ((UINT64_C(1) << TALLY_SHIFT) - 1));
        sums->low += vector_product_signed_32(times, tally >> TALLY_SHIFT & ((1 << 22) - 1));
        sums->high += vector_product_signed_32(times, tally >> (TALLY_SHIFT + 22));
    }
}

static inline uint128 total_of_signed(vector sums)
{
    return (uint128)(int64_t)vector_total(sums);
}

/* No sum runs over: counts are below 2^TALLY_SHIFT, and what they and the parts of 22 bits are
 * multiplied by comes to less than 2^(LEAF_BITS + 10.1) for all leaves together. */
static inline void sum_leaves_of(const struct counted_bitmap *bitmap, enum weight weight,
                                 const uint64_t *running, uint64_t first, uint64_t n,
                                 const int32_t *leaves, size_t count, struct leaf_sums *total)
{
    struct leaf_vectors sums = {0};
    struct leaves_block block;
    uint64_t before = bitmap->total;
    size_t line = bitmap->size / LINE_BYTES;
    for (size_t some; count; leaves += some, count -= some) {
        some = count < LEAVES_BLOCK ? count : LEAVES_BLOCK;
        memcpy(block.leaf, leaves, some * sizeof *leaves);
        size_t i = some;
        for (; i % VECTOR_NUMBERS; i++)
            block.leaf[i] = leaves[some - 1];
        place_leaves(&block, some, first, n);
        for (size_t j = 0; j < i; j++) {
            if (running)
                block.before[j] = running[block.line[j]];
            else
                block.before[j] = before =
                    tally_before(bitmap->tally, before, &line, block.line[j]);
        }
        for (i = 0; i < some; i += VECTOR_NUMBERS) {
            vector times;
            split_leaves(vector_load_signed_32(block.leaf + i), weight, &times);
            if (some - i < VECTOR_NUMBERS)
                times &= vector_first(some - i);
            add_leaves(bitmap, weight, &block, i, times, &sums);
        }
    }
    total->weight += (int64_t)vector_total(sums.weight);
    total->count += total_of_signed(sums.count);
    total->offsets += total_of_signed(sums.low) + (total_of_signed(sums.high) << 22);
}

#endif
