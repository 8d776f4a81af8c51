#include "primality.h"

#include "base/square_root.h"
#include "base/uint128.h"

#define BATCH PRIMALITY_BATCH

/* Numbers modulo n in Montgomery's form: x stands for x / 2^64 (Montgomery, "Modular multiplication
 * without trial division", 1985). The inverse is that of n itself, not of -n, so that the reduction
 * ends in a subtraction and any odd n below 2^64 will do. */
struct modulus {
    uint64_t n[BATCH];
    uint64_t inverse[BATCH]; /* of n modulo 2^64                                                */
    uint64_t one[BATCH];     /* 2^64 mod n                                                       */
};

static uint64_t multiply(uint64_t a, uint64_t b, uint64_t n, uint64_t inverse)
{
    uint128 product = (uint128)a * b;
    uint64_t quotient = (uint64_t)product * inverse;
    uint64_t high = (uint64_t)(product >> 64);
    uint64_t excess = (uint64_t)((uint128)quotient * n >> 64);
    return high - excess + (high < excess ? n : 0);
}

static uint64_t add(uint64_t a, uint64_t b, uint64_t n)
{
    return a >= n - b ? a - (n - b) : a + b;
}

static uint64_t subtract(uint64_t a, uint64_t b, uint64_t n)
{
    return a >= b ? a - b : a - b + n;
}

static void modulus_fill(struct modulus *modulus, const uint64_t n[BATCH])
{
    for (int i = 0; i < BATCH; i++) {
        /* Newton's iteration doubles the correct bits; 3 n ^ 2 has five. */
        uint64_t inverse = 3 * n[i] ^ 2;
        for (int bits = 5; bits < 64; bits *= 2)
            inverse *= 2 - n[i] * inverse;
        modulus->n[i] = n[i];
        modulus->inverse[i] = inverse;
        modulus->one[i] = -n[i] % n[i];
    }
}

static int longest(const uint64_t number[BATCH])
{
    uint64_t all = 0;
    for (int i = 0; i < BATCH; i++)
        all |= number[i];
    return 64 - __builtin_clzll(all);
}

/* With n - 1 = odd * 2^twos: 2^odd is 1, or one of its first `twos` squares is -1. */
void primality_strong(const uint64_t n[BATCH], bool passes[BATCH])
{
    struct modulus modulus;
    modulus_fill(&modulus, n);
    uint64_t power[BATCH], odd[BATCH];
    int twos[BATCH];
    int most_twos = 0;
    for (int i = 0; i < BATCH; i++) {
        twos[i] = __builtin_ctzll(n[i] - 1);
        odd[i] = (n[i] - 1) >> twos[i];
        most_twos = twos[i] > most_twos ? twos[i] : most_twos;
        power[i] = modulus.one[i];
    }
    for (int bit = longest(odd) - 1; bit >= 0; bit--) {
        for (int i = 0; i < BATCH; i++) {
            uint64_t square = multiply(power[i], power[i], n[i], modulus.inverse[i]);
            uint64_t twice = add(square, square, n[i]);
            power[i] = odd[i] >> bit & 1 ? twice : square;
        }
    }
    for (int i = 0; i < BATCH; i++)
        passes[i] = power[i] == modulus.one[i];
    for (int square = 0; square < most_twos; square++) {
        for (int i = 0; i < BATCH; i++) {
            passes[i] |= square < twos[i] && power[i] == n[i] - modulus.one[i];
            power[i] = multiply(power[i], power[i], n[i], modulus.inverse[i]);
        }
    }
}

/* The Jacobi symbol (a / n) for odd n. */
static int jacobi(uint64_t a, uint64_t n)
{
    int symbol = 1;
    while (a) {
        int twos = __builtin_ctzll(a);
        a >>= twos;
        if (twos % 2 && (n % 8 == 3 || n % 8 == 5))
            symbol = -symbol;
        if (a % 4 == 3 && n % 4 == 3)
            symbol = -symbol;
        uint64_t rest = n % a;
        n = a;
        a = rest;
    }
    return n == 1 ? symbol : 0;
}

/* The first P = 3, 4, 5, ... with (P^2 - 4 / n) = -1; 0 for a square, which has none. Half of all
 * P will do, so a search beyond 20 is rare enough for a square root. */
static uint64_t lucas_parameter(uint64_t n)
{
    for (uint64_t p = 3;; p++) {
        if (p == 20) {
            uint64_t root = square_root(n);
            if (root * root == n)
                return 0;
        }
        if (jacobi(p * p - 4, n) == -1)
            return p;
    }
}

/* With n + 1 = odd * 2^twos and the sequences U, V of parameters P, Q = 1: U(odd) is 0 and V(odd)
 * is 2 or -2, or V of one of odd, 2 odd, 4 odd, ... below (n + 1) / 2 is 0. */
void primality_lucas(const uint64_t n[BATCH], bool passes[BATCH])
{
    struct modulus modulus;
    modulus_fill(&modulus, n);
    uint64_t parameter[BATCH], two[BATCH], here[BATCH], next[BATCH], odd[BATCH];
    int twos[BATCH];
    int most_twos = 0;
    for (int i = 0; i < BATCH; i++) {
        uint64_t p = lucas_parameter(n[i]);
        uint64_t half = n[i] / 2 + 1; /* (n + 1) / 2, which cannot overflow */
        twos[i] = __builtin_ctzll(half) + 1;
        odd[i] = half >> (twos[i] - 1);
        most_twos = twos[i] > most_twos ? twos[i] : most_twos;
        two[i] = add(modulus.one[i], modulus.one[i], n[i]);
        parameter[i] = 0;
        for (; p; p--)
            parameter[i] = add(parameter[i], modulus.one[i], n[i]);
        here[i] = two[i];       /* V(0) */
        next[i] = parameter[i]; /* V(1) */
    }
    /* V(2k) = V(k)^2 - 2 and V(2k + 1) = V(k) V(k + 1) - P. */
    for (int bit = longest(odd) - 1; bit >= 0; bit--) {
        for (int i = 0; i < BATCH; i++) {
            bool set = odd[i] >> bit & 1;
            uint64_t middle = multiply(here[i], next[i], n[i], modulus.inverse[i]);
            uint64_t outer = set ? next[i] : here[i];
            middle = subtract(middle, parameter[i], n[i]);
            outer = multiply(outer, outer, n[i], modulus.inverse[i]);
            outer = subtract(outer, two[i], n[i]);
            here[i] = set ? middle : outer;
            next[i] = set ? outer : middle;
        }
    }
    for (int i = 0; i < BATCH; i++) {
        /* (P^2 - 4) U(k) = 2 V(k + 1) - P V(k). */
        uint64_t product = multiply(parameter[i], here[i], n[i], modulus.inverse[i]);
        bool u_is_zero = add(next[i], next[i], n[i]) == product;
        passes[i] = u_is_zero && (here[i] == two[i] || here[i] == n[i] - two[i]);
    }
    for (int doubling = 0; doubling + 1 < most_twos; doubling++) {
        for (int i = 0; i < BATCH; i++) {
            passes[i] |= doubling + 1 < twos[i] && here[i] == 0;
            here[i] = multiply(here[i], here[i], n[i], modulus.inverse[i]);
            here[i] = subtract(here[i], two[i], n[i]);
        }
    }
    for (int i = 0; i < BATCH; i++)
        passes[i] &= parameter[i] != 0;
}
