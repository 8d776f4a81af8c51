/* Takes numbers and gives them back: see numbers.h. */
#include "numbers.h"

void numbers_begin(struct numbers *numbers, unsigned count)
{
    numbers->count = count;
    for (unsigned word = 0; word * 64 < count; word++)
        atomic_init(&numbers->taken[word], word == 0);
}

/* The lowest from `first` up to, not including, `end`; 0 where none is free. */
static unsigned take_between(struct numbers *numbers, unsigned first, unsigned end)
{
    uint64_t below = (UINT64_C(1) << first % 64) - 1;
    for (unsigned word = first / 64; word * 64 < end; word++, below = 0) {
        uint64_t taken = atomic_load_explicit(&numbers->taken[word], memory_order_relaxed);
        while (~(taken | below)) {
            unsigned bit = (unsigned)__builtin_ctzll(~(taken | below));
            if (word * 64 + bit >= end)
                return 0;
            if (atomic_compare_exchange_weak(&numbers->taken[word], &taken,
                                             taken | UINT64_C(1) << bit))
                return word * 64 + bit;
        }
    }
    return 0;
}

unsigned numbers_take(struct numbers *numbers, unsigned first)
{
    unsigned number = take_between(numbers, first, numbers->count);
    return number || !first ? number : take_between(numbers, 0, first);
}

void numbers_give(struct numbers *numbers, unsigned number)
{
    atomic_fetch_and(&numbers->taken[number / 64], ~(UINT64_C(1) << number % 64));
}
