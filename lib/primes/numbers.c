/* Turns a piece of a bitmap of modulus 30 into the numbers that its bits stand for. */
#include "numbers.h"

/* What the bits of a word of eight bytes are above its first number. */
#define BYTE(n) n + 1, n + 7, n + 11, n + 13, n + 17, n + 19, n + 23, n + 29

static const uint8_t offset[64] = {BYTE(0),   BYTE(30),  BYTE(60),  BYTE(90),
                                   BYTE(120), BYTE(150), BYTE(180), BYTE(210)};

size_t numbers_of_piece(const struct segment *segment, uint32_t done, const struct isa *isa,
                        uint64_t *numbers)
{
    uint64_t first = segment->modulus * (segment->first_byte + done);
    return isa->list_numbers(segment->bytes + done, NUMBERS_PIECE / 8, first, offset, numbers);
}
