/* Integers whose bytes lie in memory least significant first, whatever the processor's order is. */
#ifndef BASE_LITTLE_ENDIAN_H
#define BASE_LITTLE_ENDIAN_H

#include <stdint.h>
#include <string.h>

/* From the processor's order to that of the memory, or back. */
static inline uint32_t little_endian_32(uint32_t value)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? value : __builtin_bswap32(value);
}

static inline uint64_t little_endian_64(uint64_t value)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? value : __builtin_bswap64(value);
}

/* Eight bytes from anywhere. */
static inline uint64_t little_endian_load_64(const void *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return little_endian_64(value);
}

/* To anywhere. */
static inline void little_endian_store_64(void *bytes, uint64_t value)
{
    value = little_endian_64(value);
    memcpy(bytes, &value, sizeof value);
}

#endif
