/* Asks the processor what it can run, and the environment what it shall: see instruction_set.h. */
#include "instruction_set.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Best first. The last one runs everywhere. */
enum set {
#if defined(__x86_64__)
    AVX512,
    AVX2,
    X86_64_V2,
#elif defined(__aarch64__)
    NEON,
#endif
    PORTABLE,
    SETS
};

static const char *const names[SETS] = {
#if defined(__x86_64__)
    [AVX512] = "avx512",
    [AVX2] = "avx2",
    [X86_64_V2] = "x86-64-v2",
#elif defined(__aarch64__)
    [NEON] = "neon",
#endif
    [PORTABLE] = "portable",
};

static const char *chosen;
static char problem_text[256];
static pthread_once_t choose_once = PTHREAD_ONCE_INIT;

#if defined(__x86_64__)
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bitalg") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vnni") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt");
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt");
}
#endif

/* What lib.mk compiles the files of each set for. */
static bool can_run(enum set set)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    switch (set) {
    case AVX512:
        return has_avx512();
    case AVX2:
        return has_avx2();
    case X86_64_V2:
        return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
    default:
        break;
    }
#endif
    return set < SETS; /* NEON is part of its architecture */
}

bool instruction_set_runs(const char *name)
{
    for (enum set set = 0; set < SETS; set++)
        if (strcmp(names[set], name) == 0)
            return can_run(set);
    return false;
}

const char *instruction_set_list(char text[INSTRUCTION_SET_LIST_SIZE])
{
    size_t length = 0;
    for (enum set set = 0; set < SETS; set++)
        if (can_run(set))
            length += (size_t)snprintf(text + length, INSTRUCTION_SET_LIST_SIZE - length, " %s",
                                       names[set]);
    return text;
}

static void choose(void)
{
    const char *wanted = getenv("YOKE_ISA");
    bool forced = wanted && wanted[strspn(wanted, " \t")];
    for (enum set set = 0; set < SETS && !chosen; set++)
        if (can_run(set) && (!forced || strcmp(names[set], wanted) == 0))
            chosen = names[set];
    char here[INSTRUCTION_SET_LIST_SIZE];
    if (!chosen)
        snprintf(problem_text, sizeof problem_text,
                 "YOKE_ISA is \"%.40s\", which this processor cannot run or yoke does not know; it "
                 "can run%s",
                 wanted, instruction_set_list(here));
}

const char *instruction_set_choose(const char **problem)
{
    pthread_once(&choose_once, choose);
    *problem = problem_text;
    return chosen;
}
