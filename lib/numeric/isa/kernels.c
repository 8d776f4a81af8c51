/* Finds the table of inner loops for the instruction set in use. */
#include "kernels.h"

#include <string.h>

#include "base/instruction_set.h"

const struct kernels *const kernels_compiled[] = {
#if defined(__x86_64__)
    &kernels_avx512,
    &kernels_avx2,
#elif defined(__aarch64__)
    &kernels_neon,
#endif
    &kernels_portable,
    NULL,
};

const struct kernels *kernels_choose(const char **problem)
{
    const char *name = instruction_set_choose(problem);
    if (!name)
        return NULL;
    for (const struct kernels *const *kernels = kernels_compiled; *kernels; kernels++)
        if (strcmp((*kernels)->name, name) == 0)
            return *kernels;
    return &kernels_portable; /* sets between: x86-64-v2 */
}
