/* Turns a piece of a bitmap of modulus 30 into the numbers that its bits stand for. */
#include "numbers.h"

#include "isa/prefix.h"

size_t numbers_of_piece(const struct segment *segment, uint32_t done, const struct isa *isa,
                        uint64_t *numbers)
{
    uint64_t first = segment->modulus * (segment->first_byte + done);
    return isa->list_numbers(segment->bytes + done, NUMBERS_PIECE / 8, first, prefix_number,
                             numbers);
}
