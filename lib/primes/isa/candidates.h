/* The two tests of primes/primality.h, for a batch of candidates.
 *
 * A modular multiplication is a chain of three multiplications, each of which waits for the one
 * before it; several registers side by side keep the multiplier busy meanwhile. */
#ifndef PRIMES_ISA_CANDIDATES_H
#define PRIMES_ISA_CANDIDATES_H

#include "isa.h"
#include "residues.h"

/* Side by side, as said above. */
#define REGISTERS 4
#define BATCH     (REGISTERS * RESIDUE_NUMBERS)

/* Compiled for each way to multiply. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

_Static_assert(BATCH <= CANDIDATES_MAX, "survivors have room for whole batches");

struct modulus {
    residue n[REGISTERS];
    residue inverse[REGISTERS]; /* of n modulo 2^64                                              */
    residue one[REGISTERS];     /* 2^64 mod n                                                    */
};

static inline bool are_short(const uint64_t n[BATCH])
{
    bool all = true;
    for (int i = 0; i < BATCH; i++)
        all &= is_short(n[i]);
    return all;
}

static void modulus_fill(struct modulus *modulus, const uint64_t n[BATCH])
{
    uint64_t inverse[BATCH], one[BATCH];
    for (int i = 0; i < BATCH; i++) {
        inverse[i] = 3 * n[i] ^ 2;
        one[i] = -n[i] % n[i];
    }
    /* Newton's iteration doubles the correct bits; 3 n ^ 2 has five. */
    for (int bits = 5; bits < 64; bits *= 2)
        for (int i = 0; i < BATCH; i++)
            inverse[i] *= 2 - n[i] * inverse[i];
    for (int r = 0; r < REGISTERS; r++) {
        modulus->n[r] = load(n + r * RESIDUE_NUMBERS);
        modulus->inverse[r] = load(inverse + r * RESIDUE_NUMBERS);
        modulus->one[r] = load(one + r * RESIDUE_NUMBERS);
    }
}

/* Numbers as odd * 2^twos. */
struct powers {
    residue odd[REGISTERS], twos[REGISTERS];
    int odd_bits, most_twos;
};

static void powers_fill(struct powers *powers, const uint64_t number[BATCH])
{
    uint64_t odd[BATCH], twos[BATCH];
    uint64_t all = 0;
    powers->most_twos = 0;
    for (int i = 0; i < BATCH; i++) {
        int count = __builtin_ctzll(number[i]);
        odd[i] = number[i] >> count;
        twos[i] = (uint64_t)count;
        all |= odd[i];
        powers->most_twos = count > powers->most_twos ? count : powers->most_twos;
    }
    powers->odd_bits = 64 - __builtin_clzll(all);
    for (int r = 0; r < REGISTERS; r++) {
        powers->odd[r] = load(odd + r * RESIDUE_NUMBERS);
        powers->twos[r] = load(twos + r * RESIDUE_NUMBERS);
    }
}

static void store_choices(const choice which[REGISTERS], bool passes[BATCH])
{
    for (int i = 0; i < BATCH; i++)
        passes[i] = which[i / RESIDUE_NUMBERS] >> i % RESIDUE_NUMBERS & 1;
}

/* With n - 1 = odd * 2^twos: 2^odd is 1, or one of its first `twos` squares is -1. */
static ALWAYS_INLINE void strong(const uint64_t n[BATCH], bool passes[BATCH], bool all_short)
{
    struct modulus modulus;
    struct powers powers;
    uint64_t before[BATCH];
    for (int i = 0; i < BATCH; i++)
        before[i] = n[i] - 1;
    modulus_fill(&modulus, n);
    powers_fill(&powers, before);
    residue power[REGISTERS];
    for (int r = 0; r < REGISTERS; r++)
        power[r] = modulus.one[r];
    for (int bit = powers.odd_bits - 1; bit >= 0; bit--) {
        for (int r = 0; r < REGISTERS; r++) {
            residue square =
                multiply(power[r], power[r], modulus.n[r], modulus.inverse[r], all_short);
            residue twice = add(square, square, modulus.n[r]);
            power[r] = choose(has_bit(powers.odd[r], bit), twice, square);
        }
    }
    choice which[REGISTERS];
    for (int r = 0; r < REGISTERS; r++)
        which[r] = equal(power[r], modulus.one[r]);
    for (int square = 0; square < powers.most_twos; square++) {
        for (int r = 0; r < REGISTERS; r++) {
            residue minus_one = subtract(every(0), modulus.one[r], modulus.n[r]);
            choice here =
                both(less(every((uint64_t)square), powers.twos[r]), equal(power[r], minus_one));
            which[r] = either(which[r], here);
            power[r] = multiply(power[r], power[r], modulus.n[r], modulus.inverse[r], all_short);
        }
    }
    store_choices(which, passes);
}

static void test_strong(const uint64_t n[BATCH], bool passes[BATCH])
{
    if (are_short(n))
        strong(n, passes, true);
    else
        strong(n, passes, false);
}

/* small * x for small numbers, which may be large next to n. */
static residue multiple(residue small, residue x, residue n)
{
    residue sum = every(0);
    for (int bit = 15; bit >= 0; bit--) {
        sum = add(sum, sum, n);
        sum = choose(has_bit(small, bit), add(sum, x, n), sum);
    }
    return sum;
}

/* With n + 1 = odd * 2^twos and the sequences U, V of parameters P, Q = 1: U(odd) is 0 and V(odd)
 * is 2 or -2, or V of one of odd, 2 odd, 4 odd, ... below (n + 1) / 2 is 0. */
static ALWAYS_INLINE void lucas(const uint64_t n[BATCH], const uint64_t parameter[BATCH],
                                bool passes[BATCH], bool all_short)
{
    struct modulus modulus;
    struct powers powers;
    uint64_t half[BATCH];
    for (int i = 0; i < BATCH; i++)
        half[i] = n[i] / 2 + 1; /* (n + 1) / 2, which cannot overflow */
    modulus_fill(&modulus, n);
    powers_fill(&powers, half);
    residue two[REGISTERS], p[REGISTERS];
    residue here[REGISTERS], next[REGISTERS]; /* V(k), V(k + 1), from k = 0 on */
    for (int r = 0; r < REGISTERS; r++) {
        two[r] = add(modulus.one[r], modulus.one[r], modulus.n[r]);
        p[r] = multiple(load(parameter + r * RESIDUE_NUMBERS), modulus.one[r], modulus.n[r]);
        here[r] = two[r];
        next[r] = p[r];
    }
    /* V(2k) = V(k)^2 - 2 and V(2k + 1) = V(k) V(k + 1) - P. */
    for (int bit = powers.odd_bits - 1; bit >= 0; bit--) {
        for (int r = 0; r < REGISTERS; r++) {
            choice set = has_bit(powers.odd[r], bit);
            residue middle =
                multiply(here[r], next[r], modulus.n[r], modulus.inverse[r], all_short);
            residue outer = choose(set, next[r], here[r]);
            middle = subtract(middle, p[r], modulus.n[r]);
            outer = multiply(outer, outer, modulus.n[r], modulus.inverse[r], all_short);
            outer = subtract(outer, two[r], modulus.n[r]);
            here[r] = choose(set, middle, outer);
            next[r] = choose(set, outer, middle);
        }
    }
    choice which[REGISTERS];
    for (int r = 0; r < REGISTERS; r++) {
        /* (P^2 - 4) U(k) = 2 V(k + 1) - P V(k). */
        residue left = add(next[r], next[r], modulus.n[r]);
        residue right = multiply(p[r], here[r], modulus.n[r], modulus.inverse[r], all_short);
        residue minus_two = subtract(every(0), two[r], modulus.n[r]);
        which[r] =
            both(equal(left, right), either(equal(here[r], two[r]), equal(here[r], minus_two)));
    }
    for (int doubling = 0; doubling < powers.most_twos; doubling++) {
        for (int r = 0; r < REGISTERS; r++) {
            choice zero =
                both(less(every((uint64_t)doubling), powers.twos[r]), equal(here[r], every(0)));
            which[r] = either(which[r], zero);
            here[r] = multiply(here[r], here[r], modulus.n[r], modulus.inverse[r], all_short);
            here[r] = subtract(here[r], two[r], modulus.n[r]);
        }
    }
    store_choices(which, passes);
    for (int i = 0; i < BATCH; i++)
        passes[i] &= parameter[i] != 0;
}

static void test_lucas(const uint64_t n[BATCH], const uint64_t parameter[BATCH], bool passes[BATCH])
{
    if (are_short(n))
        lucas(n, parameter, passes, true);
    else
        lucas(n, parameter, passes, false);
}

#endif
