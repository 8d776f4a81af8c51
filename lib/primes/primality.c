/* Batches of candidates for the inner loops, and the parameters of their Lucas sequences. */
#include "primality.h"

#include <pthread.h>

#include "base/square_root.h"

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

/* For P = 3 to 6 the symbol (P^2 - 4 / n) depends on n modulo 5, 12, 21 and 8: fifteen in sixteen
 * numbers find theirs by looking it up. 0: none of them. */
#define PERIOD         840
#define LOOKED_UP_LAST 6

static uint8_t looked_up[PERIOD];
static pthread_once_t looked_up_once = PTHREAD_ONCE_INIT;

static void looked_up_fill(void)
{
    for (uint8_t p = LOOKED_UP_LAST; p >= 3; p--)
        for (uint64_t n = 1; n < PERIOD; n += 2)
            if (jacobi(p * p - UINT64_C(4), n) == -1)
                looked_up[n] = p;
}

/* The first P = 3, 4, 5, ... with (P^2 - 4 / n) = -1; 0 for a square, which has none. Half of all
 * P will do, so a search beyond 20 is rare enough for a square root. */
static uint64_t lucas_parameter(uint64_t n)
{
    if (looked_up[n % PERIOD])
        return looked_up[n % PERIOD];
    for (uint64_t p = LOOKED_UP_LAST + 1;; p++) {
        if (p == 20) {
            uint64_t root = square_root(n);
            if (root * root == n)
                return 0;
        }
        if (jacobi(p * p - 4, n) == -1)
            return p;
    }
}

/* Fills the batch up with the first of its numbers. */
static void load_batch(const uint64_t *n, size_t count, size_t size, uint64_t batch[CANDIDATES_MAX])
{
    for (size_t i = 0; i < size; i++)
        batch[i] = n[i < count ? i : 0];
}

static void store_batch(const bool batch[CANDIDATES_MAX], size_t count, size_t size, bool *passes)
{
    for (size_t i = 0; i < size && i < count; i++)
        passes[i] = batch[i];
}

void primality_strong(const struct isa *isa, const uint64_t *n, size_t count, bool *passes)
{
    size_t size = isa->candidates;
    for (size_t done = 0; done < count; done += size) {
        uint64_t batch[CANDIDATES_MAX];
        bool results[CANDIDATES_MAX];
        load_batch(n + done, count - done, size, batch);
        isa->test_strong(batch, results);
        store_batch(results, count - done, size, passes + done);
    }
}

void primality_lucas(const struct isa *isa, const uint64_t *n, size_t count, bool *passes)
{
    pthread_once(&looked_up_once, looked_up_fill);
    size_t size = isa->candidates;
    for (size_t done = 0; done < count; done += size) {
        uint64_t batch[CANDIDATES_MAX], parameter[CANDIDATES_MAX];
        bool results[CANDIDATES_MAX];
        load_batch(n + done, count - done, size, batch);
        for (size_t i = 0; i < size; i++)
            parameter[i] = lucas_parameter(batch[i]);
        isa->test_lucas(batch, parameter, results);
        store_batch(results, count - done, size, passes + done);
    }
}
