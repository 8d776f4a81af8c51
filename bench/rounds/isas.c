/* Tries instruction sets on a small count: see isas.h. */
#include "isas.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yoke/primes.h>

#include "cli/report.h"

static bool can_run(const char *isa)
{
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.isa = isa;
    uint64_t count;
    return yoke_count_primes(NULL, 0, 100, &options, &count) == YOKE_OK;
}

int isas_read(struct isas *isas, const char *text)
{
    bool all = strcmp(text, "all") == 0;
    for (text = all ? "portable,x86-64-v2,neon,avx2,avx512" : text;; text++) {
        size_t length = strcspn(text, ",");
        if (length >= sizeof isas->name[0] || isas->count == ISAS_MAX)
            return report_usage("--isa=%.60s: at most %d short names with commas between", text,
                                ISAS_MAX);
        char *name = isas->name[isas->count];
        snprintf(name, sizeof isas->name[0], "%.*s", (int)length, text);
        if (can_run(name))
            isas->count++;
        else if (!all)
            return report_status(YOKE_INVALID);
        text += length;
        if (!*text)
            return 0;
    }
}
