/* The one place that decides which kernels run. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

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

static const struct kernels *chosen;
static char problem_text[256];
static pthread_once_t choose_once = PTHREAD_ONCE_INIT;

static bool can_run(const struct kernels *kernels)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (kernels == &kernels_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512bitalg") && __builtin_cpu_supports("avx512vbmi") &&
               __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vnni") &&
               __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
               __builtin_cpu_supports("popcnt");
    if (kernels == &kernels_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
               __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
#elif defined(__aarch64__)
    if (kernels == &kernels_neon)
        return true; /* part of the architecture                                                 */
#endif
    return kernels == &kernels_portable;
}

const struct kernels *kernels_find(const char *name)
{
    for (const struct kernels *const *kernels = kernels_compiled; *kernels; kernels++)
        if (strcmp((*kernels)->name, name) == 0)
            return can_run(*kernels) ? *kernels : NULL;
    return NULL;
}

const struct kernels *kernels_other(const struct kernels *first)
{
    for (const struct kernels *const *kernels = kernels_compiled; *kernels; kernels++)
        if (*kernels != first && can_run(*kernels))
            return *kernels;
    return first;
}

const char *kernels_list(char text[KERNELS_LIST_SIZE])
{
    size_t length = 0;
    for (const struct kernels *const *kernels = kernels_compiled; *kernels; kernels++)
        if (can_run(*kernels))
            length += (size_t)snprintf(text + length, KERNELS_LIST_SIZE - length, " %s",
                                       (*kernels)->name);
    return text;
}

static void describe_problem(const char *wanted)
{
    char here[KERNELS_LIST_SIZE];
    snprintf(problem_text, sizeof problem_text,
             "YOKE_KERNEL is \"%.40s\", which this processor cannot run or yoke does not know; it "
             "can run%s",
             wanted, kernels_list(here));
}

static void choose(void)
{
    const char *wanted = getenv("YOKE_KERNEL");
    if (wanted && wanted[strspn(wanted, " \t")]) {
        chosen = kernels_find(wanted);
        if (!chosen)
            describe_problem(wanted);
        return;
    }
    const struct kernels *const *best = kernels_compiled;
    while (!can_run(*best))
        best++;
    chosen = *best;
}

const struct kernels *kernels_choose(const char **problem)
{
    pthread_once(&choose_once, choose);
    *problem = problem_text;
    return chosen;
}
