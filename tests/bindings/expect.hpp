/* What the tests of the C++ headers share: EXPECT, which counts what is not so. */
#ifndef BINDINGS_EXPECT_HPP
#define BINDINGS_EXPECT_HPP

#include <iostream>
#include <yoke/yoke.hpp>

static int failures;

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            failures++, std::cerr << __FILE__ << ":" << __LINE__ << ": " #condition "\n";          \
    } while (0)

/* The status of what a call throws; YOKE_OK when that is nothing, or says nothing. */
template <class Call> static yoke_status status_of(Call call)
{
    try {
        call();
    } catch (const yoke::error &error) {
        return *error.what() ? error.status() : YOKE_OK;
    }
    return YOKE_OK;
}

#endif
