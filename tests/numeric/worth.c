/* Which loops are shared, when the times that they take are made up. */
#include "numeric/worth.h"

#include <criterion/criterion.h>

#include "numeric/pace.h"

TestSuite(worth);

enum { LEAVES = 62 };

/* What loops of a body take, in all: done by one thread; the first of these after shared ones, and
 * the other way round; shared. */
struct made_up {
    int64_t alone, first, shared;
};

/* Goes through so many loops, by turns as worth.h says. Returns how many were shared. */
static unsigned run(uintptr_t body, unsigned threads, struct made_up takes, unsigned loops)
{
    struct leaves leaves = {.count = LEAVES, .grain = 1};
    bool shared = false;
    unsigned count = 0;
    for (unsigned i = 0; i < loops; i++) {
        struct worth worth;
        worth_recall(&worth, body, &leaves, threads);
        uint64_t pace = worth.alone ? worth.alone : pace_of(LEAVES, takes.shared);
        bool again = shared;
        shared = pace_time(pace, LEAVES) >= worth_alone_below(&worth, pace);
        count += shared;
        int64_t more = again == shared ? 0 : takes.first;
        if (shared)
            worth_was_shared(&worth, takes.shared + more);
        else
            worth_was_alone(&worth, LEAVES, takes.alone + more);
    }
    return count;
}

/* Addresses that no loop of another test has. */
static uintptr_t body(unsigned number)
{
    return 0x10000 + 64 * (uintptr_t)number;
}

Test(worth, what_is_slower_shared_is_done_alone)
{
    cr_expect_lt(run(body(1), 2, (struct made_up){1700, 1000, 2800}, 100000), 3000);
    cr_expect_lt(run(body(2), 2, (struct made_up){20000, 1000, 30000}, 100000), 3000);
    cr_expect_lt(run(body(3), 64, (struct made_up){1700, 1000, 2800}, 100000), 3000);
}

Test(worth, what_is_faster_shared_is_shared)
{
    cr_expect_gt(run(body(4), 2, (struct made_up){1700, 1000, 1200}, 100000), 90000);
    cr_expect_gt(run(body(5), 2, (struct made_up){20000, 1000, 10500}, 100000), 97000);
    cr_expect_gt(run(body(6), 64, (struct made_up){20000, 1000, 2000}, 100000), 97000);
}

Test(worth, a_loop_of_a_millisecond_is_shared_whatever_it_takes)
{
    cr_expect_eq(run(body(7), 2, (struct made_up){1000000, 1000, 2000000}, 1000), 1000);
}

/* As it is when the threads come to lie closer to each other, or further apart. */
Test(worth, what_has_changed_is_seen)
{
    const struct made_up apart = {1700, 1000, 2800}, close = {1700, 1000, 1000};
    for (unsigned turn = 0; turn < 3; turn++) {
        cr_expect_lt(run(body(8), 2, apart, 100000), 3000);
        cr_expect_gt(run(body(8), 2, close, 100000), 95000);
    }
}

/* Pieces may wait for each other, though nobody promises that two are done at a time. */
Test(worth, long_leaves_are_always_shared)
{
    cr_expect_eq(run(body(9), 2, (struct made_up){400000, 1000, 1000000}, 1000), 1000);
}

/* Began alone, as it was short before, and called others after some of its leaves. */
Test(worth, a_body_that_has_become_slower_is_shared_again)
{
    struct leaves leaves = {.count = LEAVES, .grain = 1};
    run(body(10), 2, (struct made_up){1700, 1000, 2800}, 10000);
    unsigned loops = 0;
    for (;; loops++) {
        struct worth worth;
        worth_recall(&worth, body(10), &leaves, 2);
        if (pace_time(worth.alone, LEAVES) >= worth_alone_below(&worth, worth.alone))
            break;
        worth_was_alone(&worth, 2, 200000);
        cr_assert_lt(loops, 100);
    }
}
