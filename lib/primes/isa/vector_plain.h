/* Of vector.h, what the plain loops use. */
#ifndef PRIMES_ISA_VECTOR_PLAIN_H
#define PRIMES_ISA_VECTOR_PLAIN_H

static inline vector vector_bits_of_bytes(vector a)
{
    a -= a >> 1 & EVERY_BYTE(0x55);
    a = (a & EVERY_BYTE(0x33)) + (a >> 2 & EVERY_BYTE(0x33));
    return (a + (a >> 4)) & EVERY_BYTE(0x0f);
}

static inline vector vector_sum_of_bytes(vector a)
{
    a = (a & EVERY_SHORT(0xff)) + (a >> 8 & EVERY_SHORT(0xff));
    a += a >> 32;
    return (a + (a >> 16)) & 0xffff;
}

#endif
