/* Sums and the like over arrays of numbers, with the same bits on any number of workers, with every
 * instruction set, and on every machine.
 *
 *     double x[] = {1e100, 1.0, -1e100};
 *     yoke_number sum;
 *     yoke_sum(server, YOKE_ARRAY(x, 3), YOKE_SUM_EXACT, &sum);   // sum.f64 == 1.0
 *
 * Each call shares its work over the workers of a server; the calling thread works along. With NULL
 * for the server the calling thread works alone. The calls block until the result is known, and may
 * be made from any thread, also inside a job and inside a piece of a loop. Arrays of up to 65536
 * numbers are done by the calling thread, without asking anyone. Over the nodes of a cluster
 * yoke_map_reduce() (map.h) gives the same bits, by parts of an array.
 *
 * The arithmetic is that of IEEE 754, rounded to nearest, ties to even, with subnormal numbers,
 * whatever mode the calling thread is in, and leaves that mode as it was; flags may be raised. A
 * result that is no number is the one quiet NaN whose sign and payload are zero. */
#ifndef YOKE_NUMERIC_H
#define YOKE_NUMERIC_H

#include "compiler.h"

#include <stddef.h>
#include <stdint.h>

#include "server.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* ---- arrays ------------------------------------------------------------------------------ */

/* What an array is made of: double, float, int64_t. */
typedef enum yoke_number_type { YOKE_F64 = 1, YOKE_F32, YOKE_I64 } yoke_number_type;

/* An array of the caller's, which is read during a call and must not change meanwhile. The numbers
 * are data[0], data[stride], data[2 * stride] ...: a column of a matrix has the length of a row as
 * its stride, and a negative one goes backwards from data. Numbers lie as their type wants them
 * aligned. A stride other than 1 costs a copy in the cache, and the memory that is passed over. */
typedef struct yoke_array {
    const void *data; /* the first number; may be NULL when there is none                         */
    size_t count;     /* how many numbers                                                         */
    ptrdiff_t stride; /* in numbers; 0, like 1: side by side                                      */
    yoke_number_type type;
} yoke_array;

/* In C, `count` numbers side by side from `pointer` on, of the type that it points to. */
#ifndef __cplusplus
#define YOKE_ARRAY(pointer, count) YOKE_ARRAY_STRIDED(pointer, count, 1)
#define YOKE_ARRAY_STRIDED(pointer, count, stride)                                                 \
    ((yoke_array){(pointer), (count), (stride),                                                    \
                  _Generic(*(pointer), double                                                      \
                           : YOKE_F64, float                                                       \
                           : YOKE_F32, int64_t                                                     \
                           : YOKE_I64)})
#endif

/* A result: `i64` from arrays of YOKE_I64, else `f64`, which also holds every float as it is. */
typedef union yoke_number {
    double f64;
    int64_t i64;
} yoke_number;

/* ---- sums -------------------------------------------------------------------------------- */

/* How floating-point numbers are added up. Integers are always summed exactly. */
typedef enum yoke_sum_mode {
    /* In double, as fast as memory delivers, along a tree that depends on their number alone. The
     * array is cut into leaves of 65536, these into blocks of 1024, these into rows of 32. Number i
     * of each row belongs to sum i of its block, row after row; sums i, i + 8, i + 16, i + 24 of a
     * block become (i + (i + 8)) + ((i + 16) + (i + 24)), lane i. Blocks of a leaf are combined
     * lane by lane, along the tree of yoke_parallel_reduce() (loop.h), then the lanes of the leaf:
     * ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)); then leaves, along that tree. The error is at most
     * (42 + log2(count)) * 2^-53 of the sum of the absolute values. */
    YOKE_SUM_TREE = 0,
    /* Rounded once: the double that is nearest to the exact sum, as if there were no bound on
     * digits and exponents on the way. So the order does not matter, 1e308 + 1e308 - 1e308 is
     * 1e308, and infinity comes out only where an infinity went in or the exact sum is that large.
     * A NaN, or infinities of both signs, make a NaN. An exact zero is +0, but -0 when there were
     * numbers and all were -0. */
    YOKE_SUM_EXACT
} yoke_sum_mode;

/* About EXACT (Neal 2015, arXiv 1505.05571; Collange, Defour, Graillat and Iakymchuk 2015): numbers
 * are added in vectors, by blocks, to pairs of doubles, and the processor's own flags tell whether
 * an addition was inexact. That is so where the numbers of 1000 neighbours are more than about 2^30
 * apart; these are added one by one in integers. So the speed depends on the data: in memory close
 * to TREE's where magnitudes are alike, 0.1 ns a number in the cache, 2.5 ns where they are spread
 * over all exponents, and that always with instruction sets that have no such flags and vectors
 * ("portable", "x86-64-v2"). Dot products take 0.25 ns with AVX-512, 0.6 ns with AVX2, 10 ns where
 * products are spread (AMD Zen 5, one core). */

/* The sum of all numbers; of none +0 or 0. Cost: TREE a pass over memory; EXACT see above.
 * Errors: YOKE_INVALID (an unknown type or mode, no data, data that are not aligned, a count that
 * no memory can hold, no `sum`; YOKE_ISA, see primes.h), YOKE_OVERFLOW (a sum of integers beyond
 * int64_t), and those of yoke_parallel_reduce(): YOKE_CLOSED, YOKE_FORKED, YOKE_CANCELLED when the
 * server closes or the job around the call is to leave early, YOKE_NO_MEMORY. `sum` is written only
 * with YOKE_OK; so are all results below, whose errors are the same. */
yoke_status yoke_sum(yoke_server *server, yoke_array x, yoke_sum_mode mode, yoke_number *sum);

/* The sum of the products x[i] * y[i] of two arrays of the same type and count. TREE rounds each
 * product of doubles, then adds along the tree; EXACT rounds nothing but the sum. Products of
 * floats are exact in both. Cost: as a sum's, over two arrays; of integers a nanosecond each.
 * Errors: as yoke_sum(); YOKE_INVALID also for arrays of different type or count. */
yoke_status yoke_dot(yoke_server *server, yoke_array x, yoke_array y, yoke_sum_mode mode,
                     yoke_number *dot);

/* The Euclidean norm, the square root of the sum of squares, always as `f64`. Of integers, and with
 * EXACT, it is the double nearest to the exact norm. TREE roots the sum of the tree, and takes the
 * exact one where that ran over or lies below 2^-900, so that norms of huge and of tiny numbers are
 * right as well. A norm is infinite with an infinity and no NaN among the numbers. */
yoke_status yoke_norm2(yoke_server *server, yoke_array x, yoke_sum_mode mode, yoke_number *norm);

/* ---- an exact accumulator ---------------------------------------------------------------- */

/* A sum in the making, exact however many numbers are added: of doubles, floats, integers, and of
 * products of two of these. It is a plain value, on the stack or anywhere, that may be copied, and
 * needs no closing; all bytes zero, as YOKE_EXACT_INIT makes it, is the sum of nothing. What was
 * added in which order to which accumulator does not matter: merged, they round to the same bits.
 * So each thread, job or machine has its own; one is used by one thread at a time. What lies inside
 * is the library's. Overflow: not before 2^62 numbers. */
typedef struct yoke_exact {
    uint64_t word[140];
} yoke_exact;

#define YOKE_EXACT_INIT                                                                            \
    {                                                                                              \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

/* Adds one number. Cost: 3 ns; many numbers at once are faster. Never fails. */
void yoke_exact_add(yoke_exact *sum, double x);

/* Add all numbers of an array, and all products x[i] * y[i], in the calling thread.
 * Errors: as yoke_sum() and yoke_dot(), but for overflow, with the sum as it was. */
yoke_status yoke_exact_add_array(yoke_exact *sum, yoke_array x);
yoke_status yoke_exact_add_products(yoke_exact *sum, yoke_array x, yoke_array y);

/* Adds all that was added to `other`. Cost: 25 to 100 ns. Never fails. */
void yoke_exact_merge(yoke_exact *sum, const yoke_exact *other);

/* The double nearest to the sum, as YOKE_SUM_EXACT says. Rounding it to a float rounds twice. Cost:
 * 15 to 100 ns. Never fails. */
double yoke_exact_round(const yoke_exact *sum);

/* The sum as bytes, to be sent or stored: the same bytes for the same sum, whatever way it came
 * about and whatever the machine. Never fails. */
#define YOKE_EXACT_BYTES 560
void yoke_exact_write(const yoke_exact *sum, unsigned char bytes[YOKE_EXACT_BYTES]);

/* The sum that was written so. Errors: YOKE_INVALID (bytes that no sum is written as, or of a later
 * version), with the sum as it was. */
yoke_status yoke_exact_read(yoke_exact *sum, const unsigned char bytes[YOKE_EXACT_BYTES]);

/* ---- the least, the most, counts, prefixes ----------------------------------------------- */

/* The least and the greatest number, -0 below +0, and in `index`, unless that is NULL, where it
 * first stands: x[i] with i from 0 to count - 1. With a NaN in the array it is a NaN, and the index
 * is that of the first one. Cost: a pass over memory.
 * Errors: as yoke_sum(); YOKE_INVALID also for an array without numbers, which has no least. */
yoke_status yoke_min(yoke_server *server, yoke_array x, yoke_number *min, size_t *index);
yoke_status yoke_max(yoke_server *server, yoke_array x, yoke_number *max, size_t *index);

/* Counts into `counts`, which the caller owns, how many numbers fall into each of `bins` intervals
 * of equal width from `lo` up to, not including, `hi`: number x into that with the index
 * floor((x - lo) * (bins / (hi - lo))), each operation in double, at most bins - 1. Integers are
 * rounded to double before. Numbers below lo, from hi on, and NaNs fall into none.
 * Memory: for each worker as much as `counts`. Cost: about a nanosecond a number.
 * Errors: as yoke_sum(); YOKE_INVALID also for no counts, 0 or more than 2^30 bins, and bounds that
 * are not finite, or lo >= hi, or too far apart for a double, or so close that bins / (hi - lo) is
 * too large for one. */
yoke_status yoke_histogram(yoke_server *server, yoke_array x, double lo, double hi, size_t bins,
                           uint64_t *counts);

/* Which prefix sums a scan writes: with the number itself, or up to the one before. */
typedef enum yoke_scan_kind { YOKE_SCAN_INCLUSIVE = 0, YOKE_SCAN_EXCLUSIVE } yoke_scan_kind;

/* Writes the sums of the numbers from x[0] up to each one, `count` of them side by side, into
 * `out`, an array of the caller's of x's type; it may be x.data itself where x lies side by side,
 * else the two must not overlap. Sums of floats are made in double, and rounded when they are
 * written. TREE adds along a tree that depends on the count alone; the exclusive sums are the
 * inclusive ones moved on by one. EXACT rounds each of them once, at some 30 ns each. Sums of
 * integers are those modulo 2^64. Cost of TREE: one pass over memory, and one over the cache.
 * Errors: as yoke_sum(), but for overflow; YOKE_INVALID also for an unknown kind, or no `out`. When
 * it fails otherwise, a part of `out` may have been written. */
yoke_status yoke_scan(yoke_server *server, yoke_array x, yoke_sum_mode mode, yoke_scan_kind kind,
                      void *out);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
