/* The one place that decides whose inner loops run. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"

const struct isa *const isa_compiled[] = {
#if defined(__x86_64__)
    &isa_avx512,
    &isa_avx2,
#elif defined(__aarch64__)
    &isa_neon,
#endif
    &isa_portable,
    NULL,
};

static const struct isa *chosen;
static char problem_text[256];
static pthread_once_t choose_once = PTHREAD_ONCE_INIT;

static bool can_run(const struct isa *isa)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (isa == &isa_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512bitalg") && __builtin_cpu_supports("avx512vbmi") &&
               __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vnni") &&
               __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
               __builtin_cpu_supports("popcnt");
    if (isa == &isa_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
               __builtin_cpu_supports("popcnt");
#elif defined(__aarch64__)
    if (isa == &isa_neon)
        return true; /* part of the architecture                                                 */
#endif
    return isa == &isa_portable;
}

const struct isa *isa_find(const char *name)
{
    for (const struct isa *const *isa = isa_compiled; *isa; isa++)
        if (strcmp((*isa)->name, name) == 0)
            return can_run(*isa) ? *isa : NULL;
    return NULL;
}

const struct isa *isa_other(const struct isa *first)
{
    for (const struct isa *const *isa = isa_compiled; *isa; isa++)
        if (*isa != first && can_run(*isa))
            return *isa;
    return first;
}

const char *isa_list(char text[KERNELS_LIST_SIZE])
{
    size_t length = 0;
    for (const struct isa *const *isa = isa_compiled; *isa; isa++)
        if (can_run(*isa))
            length +=
                (size_t)snprintf(text + length, KERNELS_LIST_SIZE - length, " %s", (*isa)->name);
    return text;
}

static void describe_problem(const char *wanted)
{
    char here[KERNELS_LIST_SIZE];
    snprintf(problem_text, sizeof problem_text,
             "YOKE_ISA is \"%.40s\", which this processor cannot run or yoke does not know; it "
             "can run%s",
             wanted, isa_list(here));
}

static void choose(void)
{
    const char *wanted = getenv("YOKE_ISA");
    if (wanted && wanted[strspn(wanted, " \t")]) {
        chosen = isa_find(wanted);
        if (!chosen)
            describe_problem(wanted);
        return;
    }
    const struct isa *const *best = isa_compiled;
    while (!can_run(*best))
        best++;
    chosen = *best;
}

const struct isa *isa_choose(const char **problem)
{
    pthread_once(&choose_once, choose);
    *problem = problem_text;
    return chosen;
}
