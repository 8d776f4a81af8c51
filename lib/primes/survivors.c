/* Lists the set bits of a bitmap, tests the numbers by the load, and clears the bits of composites.
 */
#include "survivors.h"

#include "cancel.h"
#include "primality.h"

/* Survivors are tested by the load: the last batch of a load is rarely full. */
#define LOAD 256

struct survivor {
    uint32_t byte;
    uint32_t lane;
};

struct load {
    struct survivor survivor[LOAD];
    uint64_t number[LOAD];
    size_t count;
};

/* Keeps what passes, in order, and clears the bits of what fails. */
static void keep_passing(struct load *load, primality_test *test, const struct isa *isa,
                         uint8_t *bytes)
{
    bool passes[LOAD];
    size_t kept = 0;
    test(isa, load->number, load->count, passes);
    for (size_t i = 0; i < load->count; i++) {
        struct survivor survivor = load->survivor[i];
        if (passes[i]) {
            load->survivor[kept] = survivor;
            load->number[kept++] = load->number[i];
        } else {
            bytes[survivor.byte] &= (uint8_t) ~(1u << survivor.lane);
        }
    }
    load->count = kept;
}

static void test_load(struct load *load, const struct isa *isa, uint8_t *bytes)
{
    keep_passing(load, primality_strong, isa, bytes);
    keep_passing(load, primality_lucas, isa, bytes);
    load->count = 0;
}

/* A load takes some 30 microseconds. */
yoke_status survivors_test(uint8_t *bytes, uint32_t size, uint64_t first_byte, uint32_t modulus,
                           const uint16_t *residue, const struct isa *isa)
{
    struct load load = {.count = 0};
    for (uint32_t byte = 0; byte < size; byte++) {
        for (uint32_t bits = bytes[byte]; bits; bits &= bits - 1) {
            uint32_t lane = (uint32_t)__builtin_ctz(bits);
            load.number[load.count] = modulus * (first_byte + byte) + residue[lane];
            load.survivor[load.count++] = (struct survivor){byte, lane};
            if (load.count < LOAD)
                continue;
            test_load(&load, isa, bytes);
            yoke_status status = cancel_look();
            if (status != YOKE_OK)
                return status;
        }
    }
    test_load(&load, isa, bytes);
    return YOKE_OK;
}
