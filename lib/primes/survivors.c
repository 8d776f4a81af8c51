#include "survivors.h"

#include "primality.h"

/* Survivors are tested by the load: the last batch of a load is rarely full. */
#define LOAD 256

struct survivor {
    uint64_t number;
    uint32_t byte;
    uint32_t lane;
};

typedef void (*batch_test)(const uint64_t n[PRIMALITY_BATCH], bool passes[PRIMALITY_BATCH]);

/* Keeps what passes, in order, and clears the bits of what fails. Returns how many are left. */
static int keep_passing(struct survivor *survivors, int count, batch_test test, uint8_t *bytes)
{
    int kept = 0;
    for (int first = 0; first < count; first += PRIMALITY_BATCH) {
        uint64_t number[PRIMALITY_BATCH];
        bool passes[PRIMALITY_BATCH];
        for (int i = 0; i < PRIMALITY_BATCH; i++)
            number[i] = survivors[first + i < count ? first + i : first].number;
        test(number, passes);
        for (int i = 0; i < PRIMALITY_BATCH && first + i < count; i++) {
            struct survivor survivor = survivors[first + i];
            if (passes[i])
                survivors[kept++] = survivor;
            else
                bytes[survivor.byte] &= (uint8_t) ~(1u << survivor.lane);
        }
    }
    return kept;
}

static void test_load(struct survivor *survivors, int count, uint8_t *bytes)
{
    count = keep_passing(survivors, count, primality_strong, bytes);
    keep_passing(survivors, count, primality_lucas, bytes);
}

void survivors_test(uint8_t *bytes, uint32_t size, uint64_t first_byte, uint32_t modulus,
                    const uint16_t *residue)
{
    struct survivor survivors[LOAD];
    int count = 0;
    for (uint32_t byte = 0; byte < size; byte++) {
        for (uint32_t bits = bytes[byte]; bits; bits &= bits - 1) {
            uint32_t lane = (uint32_t)__builtin_ctz(bits);
            survivors[count++] =
                (struct survivor){modulus * (first_byte + byte) + residue[lane], byte, lane};
            if (count == LOAD) {
                test_load(survivors, count, bytes);
                count = 0;
            }
        }
    }
    test_load(survivors, count, bytes);
}
