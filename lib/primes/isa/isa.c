/* Finds the inner loops of an instruction set, which lib/base decides on. */
#include "isa.h"

#include <string.h>

#include "base/instruction_set.h"

const struct isa *const isa_compiled[] = {
#if defined(__x86_64__)
    &isa_avx512,   &isa_avx2, &isa_x86_64_v2,
#elif defined(__aarch64__)
    &isa_neon,
#endif
    &isa_portable, NULL,
};

const struct isa *isa_find(const char *name)
{
    for (const struct isa *const *isa = isa_compiled; *isa; isa++)
        if (strcmp((*isa)->name, name) == 0)
            return instruction_set_runs(name) ? *isa : NULL;
    return NULL;
}

const struct isa *isa_other(const struct isa *first)
{
    for (const struct isa *const *isa = isa_compiled; *isa; isa++)
        if (*isa != first && instruction_set_runs((*isa)->name))
            return *isa;
    return first;
}

const struct isa *isa_choose(const char **problem)
{
    const char *name = instruction_set_choose(problem);
    return name ? isa_find(name) : NULL;
}
