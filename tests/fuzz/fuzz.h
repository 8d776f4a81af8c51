/* What a fuzzing target is made of. libFuzzer makes up input and calls the target; `make check`
 * replays what it kept (tests/fuzz/corpus) by replay.c, with any compiler. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Feeds any bytes whatever to what is tested. Returns 0; a defect ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

#endif
