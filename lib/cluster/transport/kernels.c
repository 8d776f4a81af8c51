/* Registered kernels, their names in subjects, and yoke's own kernels: see kernels.h. */
#include "kernels.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yoke/primes.h>

#include "wire.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Read without the lock: kernels come to the front when they are complete, and stay. */
static struct kernel *_Atomic first;

const struct kernel *kernels_first(void)
{
    return atomic_load(&first);
}

const struct kernel *kernels_of(yoke_kernel function)
{
    const struct kernel *kernel = kernels_first();
    while (kernel && kernel->function != function)
        kernel = kernel->next;
    return kernel;
}

/* Behind the node's name. */
void kernels_name_at(char name[SUBJECT_SIZE], const char *subject)
{
    const char *at = subject + strlen(JOBS_SUBJECT);
    at += strcspn(at, ".");
    at += *at == '.';
    snprintf(name, SUBJECT_SIZE, "%.*s", (int)strcspn(at, "."), at);
}

const struct kernel *kernels_at(const char *subject)
{
    char wanted[SUBJECT_SIZE];
    kernels_name_at(wanted, subject);
    for (const struct kernel *kernel = kernels_first(); kernel; kernel = kernel->next) {
        char word[YOKE_CLUSTER_NAME_MAX + 16];
        snprintf(word, sizeof word, "%s:%u", kernel->name, kernel->version);
        if (strcmp(wanted, word) == 0)
            return kernel;
    }
    return NULL;
}

void kernels_channel(char channel[CHANNEL_SIZE], const char *name, unsigned version,
                     const char *node)
{
    if (node)
        snprintf(channel, CHANNEL_SIZE, JOBS_VERSION "@%s.%s:%u", node, name, version);
    else
        snprintf(channel, CHANNEL_SIZE, JOBS_VERSION ":%s.%u", name, version);
}

bool kernels_channel_is_for_node(const char *channel)
{
    return strchr(channel, '@');
}

void kernels_consumer(char consumer[SUBJECT_SIZE], const struct kernel *kernel, int64_t created)
{
    snprintf(consumer, SUBJECT_SIZE, JOBS_VERSION "-%s-%u-%" PRIx64, kernel->name, kernel->version,
             (uint64_t)created);
}

/* With the lock. */
static yoke_status add(const char *name, unsigned version, yoke_kernel function)
{
    for (const struct kernel *kernel = first; kernel; kernel = kernel->next) {
        if (strcmp(kernel->name, name) == 0 && kernel->version == version)
            return kernel->function == function
                       ? YOKE_OK
                       : yoke_error_set(YOKE_INVALID,
                                        "another kernel \"%s\", version %u, is registered already",
                                        name, version);
    }
    struct kernel *kernel = calloc(1, sizeof *kernel);
    if (!kernel)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a kernel's name");
    memcpy(kernel->name, name, strlen(name));
    kernel->version = version;
    kernel->function = function;
    kernel->next = first;
    first = kernel;
    return YOKE_OK;
}

yoke_status yoke_kernel_register(const char *name, unsigned version, yoke_kernel kernel)
{
    if (!name || !wire_name_valid(name, YOKE_CLUSTER_NAME_MAX) || !version || !kernel)
        return yoke_error_set(YOKE_INVALID,
                              "a kernel needs a function, a name of at most %d letters, digits, _ "
                              "and -, and a version from 1 up",
                              YOKE_CLUSTER_NAME_MAX);
    pthread_mutex_lock(&lock);
    yoke_status status = add(name, version, kernel);
    pthread_mutex_unlock(&lock);
    return status;
}

/* ---- yoke's own ------------------------------------------------------------------------------ */

static yoke_status primes(yoke_context *context, const void *argument, void *result, bool count)
{
    size_t size = yoke_context_argument_size(context);
    uint64_t lo, hi, algorithm = YOKE_ALGORITHM_AUTO;
    if ((size != 16 && size != 24) || yoke_context_result_size(context) != 16)
        return yoke_context_fail(context, YOKE_SIZE_MISMATCH,
                                 "expected an argument of 16 or 24 bytes and a result of 16");
    const unsigned char *rest = yoke_unpack_u64(yoke_unpack_u64(argument, &lo), &hi);
    if (size == 24)
        yoke_unpack_u64(rest, &algorithm);
    if (algorithm > YOKE_ALGORITHM_COMBINATORIAL)
        return yoke_context_fail(context, YOKE_INVALID, "there is no such algorithm");
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = (yoke_algorithm)algorithm;
    yoke_uint128 value = {0, 0};
    yoke_status status = count ? yoke_count_primes(NULL, lo, hi, &options, &value.lo)
                               : yoke_sum_primes(NULL, lo, hi, &options, &value);
    yoke_pack_u128(result, value);
    return status;
}

static yoke_status sum_primes(yoke_context *context, const void *argument, void *result)
{
    return primes(context, argument, result, false);
}

static yoke_status count_primes(yoke_context *context, const void *argument, void *result)
{
    return primes(context, argument, result, true);
}

yoke_status yoke_kernel_register_primes(void)
{
    yoke_status status = yoke_kernel_register("sum_primes", 1, sum_primes);
    return status == YOKE_OK ? yoke_kernel_register("count_primes", 1, count_primes) : status;
}
