/* Checkpoint files, as they are and with a checksum that is right, which nobody would guess. */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "primes/checkpoint.h"

/* What is accepted is written again as it was. */
static void parse(const char *text, size_t size)
{
    struct checkpoint checkpoint = {0};
    const char *problem = checkpoint_parse(text, size, &checkpoint);
    if (!problem) {
        char *again = malloc(checkpoint_text_size(&checkpoint));
        EXPECT(again);
        EXPECT(checkpoint_text(&checkpoint, again) == size && !memcmp(again, text, size));
        free(again);
    } else {
        EXPECT(!checkpoint.sums.count && !checkpoint.inside.count);
    }
    record_close(&checkpoint.sums);
    record_close(&checkpoint.inside);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    parse((const char *)data, size);
    char *sealed = malloc(size + 64);
    EXPECT(sealed);
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * UINT64_C(1099511628211);
    memcpy(sealed, data, size);
    int added = snprintf(sealed + size, 64, "checksum %llu\n", (unsigned long long)hash);
    parse(sealed, size + (size_t)added);
    free(sealed);
    return 0;
}
