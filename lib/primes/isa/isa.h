/* The inner loops of the sieve. They know neither OpenMP nor hwloc nor the wheel's modulus: they
 * take memory and its state, and return. One file per instruction set holds a table of them;
 * isa.c alone chooses the table. */
#ifndef PRIMES_ISA_H
#define PRIMES_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uint128.h"
#include "primes/cofactors.h"
#include "primes/weight.h"
#include "primes/wheel.h"

/* A prime that hits a block of the L1 cache many times. `position` is where its next period starts,
 * relative to the block at hand; `offset` are its eight hits within a period. */
struct small_prime {
    uint32_t prime;
    int32_t position;
    uint16_t offset[LANES];
};

/* A prime that hits a segment a few times, or not at all. Its offsets are computed when needed,
 * since reading them would cost more than the multiplication: eight bytes a prime instead of forty.
 */
struct medium_prime {
    uint32_t prime;
    int32_t position; /* of a period, relative to the segment at hand: above -prime, at most 0 */
};

/* Which multiples of large primes are wanted: those in the `numbers` < 2^32 numbers from `first`
 * on, both even, with a cofactor of at least the prime itself that all the patterns leave over.
 * Cofactors are odd; of each prime's, COFACTOR_RUN are looked at from number `skip` on. */
struct run_query {
    uint64_t first, numbers;
    uint32_t skip;
    uint32_t cofactors; /* numbers / 2 / p + 1 of the first prime p, less those skipped          */
    uint32_t patterns;
    const struct cofactor_pattern *pattern;
    bool squares; /* false: no prime has its square at or above `first`                          */
};

/* The 32-bit numbers of the widest vector. */
#define PRIMES_AT_A_TIME 16

/* Where numbers lie in consecutive segments of modulus 30: see hits.h for addresses. */
struct bitmap_layout {
    uint32_t segment_bits;
    uint32_t first; /* the address of the first byte, that of a segment                          */
};

/* Hits sorted by segment: see hits.h. A list is where its next hit goes. */
struct hit_lists {
    uintptr_t *list;   /* by the number of a segment                                             */
    uint32_t hit_bits; /* of an address, below the number of the segment                         */
};

/* As many hits as fit a block behind the pointer at its start, with a byte more behind them. Blocks
 * lie at multiples of their size, so that a place tells how full its block is. */
#define HIT_BYTES       3
#define HIT_BLOCK_BYTES 8192
#define HIT_BLOCK_HITS  2727
#define HIT_BLOCK_END   (sizeof(void *) + HIT_BLOCK_HITS * HIT_BYTES)

#define HIT_LIST_IS_FULL(list) ((list) % HIT_BLOCK_BYTES == HIT_BLOCK_END)

/* How many bytes ahead memory is fetched: two cache lines. Without it the lists' stores wait for
 * memory, which costs 5 % at 1e16. */
#define HIT_PREFETCH 128

/* What summing needs of a bitmap: see totals.c for the formula. */
struct bitmap_moments {
    uint64_t lane_count[LANES]; /* set bits in each lane                                         */
    uint64_t byte_moment;       /* sum over all set bits of the index of their byte              */
};

/* Numbers that a word stands for, eight bytes of modulus 30. */
#define WORD_NUMBERS 240

/* How many 64-bit numbers may be written behind a list of them: a vector. */
#define LIST_SLACK 8

/* A word of a bitmap of modulus 30, and what the weights of the set bits in the words before it
 * come to, modulo 2^64. */
struct prefix_word {
    uint64_t bits;
    uint64_t before;
};

/* What sum_pairs() looks up: the primes of a stretch that starts at number `first`. */
struct pair_table {
    uint64_t first;
    const struct prefix_word *words;
    const uint64_t *sums; /* by number of primes: their sum modulo 2^64. NULL: see below          */
};

/* A stretch of a bitmap of modulus 30 that is kept counted while primes are crossed off, by lines
 * whose length is up to the instruction set. A tally says how many bits are set, plus the sum of
 * their numbers relative to the start of the stretch, shifted left by TALLY_SHIFT; where numbers
 * are only counted (WEIGHT_ONE), no sum. Up to COUNTED_BYTES_MAX bytes without the multiples of 7,
 * 11, 13 and 17 the tallies of all lines together neither run over nor into each other. */
#define LINE_BYTES_LEAST  8
#define LINE_BYTES_MOST   64
#define TALLY_SHIFT       21
#define COUNTED_BYTES_MAX (UINT32_C(128) << 10)

struct counted_bitmap {
    uint8_t *bytes;  /* aligned to LINE_BYTES_MOST, with as many that are 0 behind the last one */
    uint64_t *tally; /* by line, with one more                                                */
    uint32_t size;   /* in bytes, a multiple of 512                                           */
    enum weight weight; /* what tallies are for                                                  */
    uint64_t total;     /* the tally of all lines                                                */
};

/* What leaves (see gourdon/d.c) come to, modulo 2^128, each taken `weight` times: with `count` and
 * `offsets` of the set bits up to its value. */
struct leaf_sums {
    uint128 count, offsets;
    int64_t weight;
};

/* Leaves m are below 2^LEAF_BITS, so that their sums fit 64 bits. */
#define LEAF_BITS 29

/* About how many leaves one call lists, so that what it writes stays in L1, and the room for them.
 */
#define LEAVES_MAX  1024
#define LEAVES_ROOM (LEAVES_MAX + 48)

/* The largest batch of candidates: four vectors of eight, see candidates.h. */
#define CANDIDATES_MAX 32

/* How many 32-bit numbers may be written behind a list of them: a vector. */
#define VECTOR_SLACK 16

/* How many pre-sieve patterns are combined at a time; each has a pointer in a register. */
#define PATTERNS 4

struct isa {
    const char *name;

    /* bytes[i] = (keep ? bytes[i] : all ones) & pattern[0][i] & ... & pattern[3][i] for the
     * `size` bytes, a multiple of 64. */
    void (*combine_patterns)(uint8_t *bytes, size_t size, const uint8_t *const pattern[PATTERNS],
                             int keep);

    /* Crosses off the periods of `count` primes that start inside the block of `size` bytes. A
     * period that starts inside is finished, beyond the end of the block if need be, so that no
     * hit is tested or made twice. Leaves the positions relative to the next block. */
    void (*cross_off_small)(uint8_t *block, uint32_t size, struct small_prime *primes,
                            size_t count);

    /* The same over a segment of `size` bytes, for ascending medium primes below 2^24. All of about
     * the same size take as many rounds of eight hits; those that are one too many go to the 64
     * bytes at `dummy`, relative to the segment, which costs less than a branch that nobody can
     * predict. */
    void (*cross_off_medium)(uint8_t *segment, uint32_t size, uint32_t dummy,
                             struct medium_prime *primes, size_t count, const struct wheel *wheel,
                             const struct wheel_group *lanes);

    /* Lists `count` primes: `first`, and each of the others by the half gap between it and the one
     * before. Up to VECTOR_SLACK more are written, and as many half gaps read, behind them. */
    void (*list_primes)(const uint8_t *half_gaps, size_t count, uint32_t first, uint32_t *primes);

    /* Lists how far the wanted multiples of `count` primes above 2^16 lie behind the first number,
     * as that is even and they are not: half of the distance, rounded down. The count is a multiple
     * of PRIMES_AT_A_TIME. Returns how many they are; up to VECTOR_SLACK more numbers are written
     * behind them. */
    size_t (*find_multiples)(const uint32_t *primes, size_t count, const struct run_query *query,
                             uint32_t *distances);

    /* Turns such distances from the first number of a segment into addresses, in place. Up to
     * VECTOR_SLACK numbers behind them change. */
    void (*locate)(uint32_t *distances, size_t count, const struct bitmap_layout *layout);

    /* Appends hits to the lists of their segments. Returns how many: less than `count` when the
     * list of the next one is full. */
    size_t (*sort_hits)(const uint32_t *addresses, size_t count, struct hit_lists *lists);

    /* Crosses off `count` hits in their segment; a byte behind the hits is read. */
    void (*cross_off_hits)(uint8_t *segment, uint32_t segment_bits, const uint8_t *hits,
                           size_t count);

    /* Writes the numbers of all set bits of `count` 64-bit words, ascending: bit b of word w stands
     * for first + WORD_NUMBERS * w + offset[b]. Returns how many; up to LIST_SLACK numbers behind
     * them are written to as well. */
    size_t (*list_numbers)(const uint8_t *words, size_t count, uint64_t first,
                           const uint8_t offset[64], uint64_t *numbers);

    /* Two tests of primes/primality.h, for `candidates` numbers at a time, odd and above 2. The
     * Lucas test takes its parameter for each of them; with 0 it fails. */
    size_t candidates;
    void (*test_strong)(const uint64_t *n, bool *passes);
    void (*test_lucas)(const uint64_t *n, const uint64_t *parameter, bool *passes);

    /* Adds the moments of `size` bytes, a multiple of 512, which is the group of the widest
     * vectors, aligned to 64, at most 16 MiB. */
    void (*add_moments)(const uint8_t *bytes, size_t size, struct bitmap_moments *moments);

    /* Fills `count` words from a bitmap whose first bit stands for first + 1, with `before` for the
     * first of them; returns what comes before the next. */
    uint64_t (*fill_prefix)(struct prefix_word *words, const uint8_t *bytes, size_t count,
                            uint64_t first, enum weight weight, uint64_t before);

    /* The sum of f(q) F(n / q) over `count` primes q, where F(v) are the weights up to v of the
     * primes of a table. q < 2^LEAF_BITS, n < 2^72; with W the numbers of the table, which starts
     * below 2^53: W < 2^31, W q < 2^52, F < 2^64 and q F(n / q) < 2^87. Where sums_by_prime is set,
     * the table's words hold what comes before them for WEIGHT_ONE, and for WEIGHT_PRIME it has
     * sums; else they hold F. */
    bool sums_by_prime;
    uint128 (*sum_pairs)(const struct pair_table *table, enum weight weight, uint128 n,
                         const uint32_t *q, size_t count);

    /* The sum of f(m) max(F(n / m), least) over `count` leaves m as list_leaves() gives them, those
     * with an even number of prime factors taken off; F as in sum_pairs(), F(n / m) < 2^58 and
     * n / m < 2^30. At most LEAVES_ROOM. */
    uint128 (*sum_easy)(const struct prefix_word *words, enum weight weight, uint64_t n,
                        uint64_t least, const int32_t *leaves, size_t count);

    /* How many bytes of a counted bitmap have a tally. */
    uint32_t line_bytes;

    /* Tallies all lines. */
    void (*tally_lines)(struct counted_bitmap *bitmap);

    /* Fills running[i] with the tally of all lines before line i. */
    void (*run_tallies)(const struct counted_bitmap *bitmap, uint64_t *running);

    /* Crosses off a prime above 17 and below 2^24 and takes what it hits off the tallies. */
    void (*cross_off_counted)(struct counted_bitmap *bitmap, struct medium_prime *prime,
                              const struct wheel *wheel, const struct wheel_group *lanes);

    /* Lists the leaves m of a prime, which is odd, among the entries factor[*next] ...
     * factor[end - 1] (see gourdon/factors.h): m or, where m has an even number of prime factors,
     * -m. Stops at the end or after about LEAVES_MAX; moves `next`, returns how many. The entries
     * from and up to a multiple of 8 are read. */
    size_t (*list_leaves)(const uint16_t *factor, size_t *next, size_t end, uint32_t prime,
                          int32_t leaves[LEAVES_ROOM]);

    /* Adds up leaves, at most LEAVES_ROOM, m ascending, whose values n / m lie in the bitmap that
     * starts at number `first`; of n the lowest 64 bits will do. running[i] is the tally of all
     * lines before line i; for a few leaves it may be NULL. */
    void (*sum_leaves)(const struct counted_bitmap *bitmap, const uint64_t *running, uint64_t first,
                       uint64_t n, const int32_t *leaves, size_t count, struct leaf_sums *sums);
};

/* The instruction set in use, or NULL when YOKE_ISA names one that cannot be had: *problem then
 * says why. One choice for all of yoke: see base/instruction_set.h. */
const struct isa *isa_choose(const char **problem);

/* The one of that name if this processor can run it, else NULL. */
const struct isa *isa_find(const char *name);

/* Others than `first` if this processor can run any, for a second opinion. */
const struct isa *isa_other(const struct isa *first);

/* Every table that was compiled in, whether or not this processor can run it; ends with NULL. */
extern const struct isa *const isa_compiled[];

/* The tables: isa_NAME is compiled by NAME.c. */
extern const struct isa isa_portable;
#if defined(__x86_64__)
extern const struct isa isa_x86_64_v2;
extern const struct isa isa_avx2;
extern const struct isa isa_avx512;
#elif defined(__aarch64__)
extern const struct isa isa_neon;
#endif

#endif
