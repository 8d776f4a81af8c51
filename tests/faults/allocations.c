/* Every allocation of the library made to fail: allocations [first] [last].
 *
 * The linker leads the library's calls of malloc() and its like to this file (--wrap, see
 * tests/tests.mk), and no one else's: what OpenMP, hwloc and the C library allocate for themselves
 * succeeds. For n = 1, 2, ... a program opens a server, submits jobs of all kinds, waits, resizes,
 * runs loops, sums primes, prints statistics, while its n-th allocation fails; then once more while
 * the n-th and all that follow fail; then again on a machine of two NUMA nodes that is not there.
 * Every call must answer YOKE_OK and be right, or YOKE_NO_MEMORY; the server must go on as if
 * nothing had been when there is memory again. It ends with the first n that is beyond the last
 * allocation. Leaks are AddressSanitizer's to find (make asan). */
#include <hwloc.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "yoke/loop.h"
#include "yoke/map.h"
#include "yoke/primes.h"
#include "yoke/server.h"
#include "yoke/statistics.h"
#include "yoke/task.h"

/* Longer than any run takes on a busy machine under a sanitizer. */
enum { PATIENCE_SECONDS = 60 };

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "allocations: %s:%d: %s; %s %lu; last error: %s\n", __FILE__,          \
                    __LINE__, #condition, persistent ? "from allocation" : "allocation", failing,  \
                    yoke_last_error());                                                            \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* ---- allocations that fail ------------------------------------------------------------------- */

static atomic_bool armed;
static atomic_ulong calls;
static unsigned long failing; /* the number of the call that fails */
static bool persistent;       /* so do all that follow */

static bool fails(void)
{
    if (!atomic_load(&armed))
        return false;
    unsigned long call = atomic_fetch_add(&calls, 1) + 1;
    return call == failing || (persistent && call > failing);
}

#define WRAP(type, name, parameters, arguments, failure)                                           \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fails() ? (failure) : __real_##name arguments;                                      \
    }

WRAP(void *, malloc, (size_t size), (size), NULL)
WRAP(void *, calloc, (size_t count, size_t size), (count, size), NULL)
WRAP(void *, realloc, (void *memory, size_t size), (memory, size), NULL)
WRAP(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size), NULL)
WRAP(int, posix_memalign, (void **memory, size_t alignment, size_t size), (memory, alignment, size),
     12 /* ENOMEM */)
WRAP(void *, mmap, (void *where, size_t size, int access, int flags, int file, off_t offset),
     (where, size, access, flags, file, offset), MAP_FAILED)
WRAP(char *, strdup, (const char *text), (text), NULL)
WRAP(int, vasprintf, (char **text, const char *format, va_list arguments),
     (text, format, arguments), -1)
WRAP(FILE *, open_memstream, (char **text, size_t *size), (text, size), NULL)
WRAP(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL)
WRAP(hwloc_bitmap_t, hwloc_bitmap_alloc, (void), (), NULL)
WRAP(hwloc_bitmap_t, hwloc_bitmap_dup, (hwloc_const_bitmap_t bitmap), (bitmap), NULL)
WRAP(int, hwloc_bitmap_list_asprintf, (char **text, hwloc_const_bitmap_t bitmap), (text, bitmap),
     -1)

int __wrap_asprintf(char **text, const char *format, ...);
int __wrap_asprintf(char **text, const char *format, ...)
{
    if (fails())
        return -1;
    va_list arguments;
    va_start(arguments, format);
    int length = __real_vasprintf(text, format, arguments);
    va_end(arguments);
    return length;
}

/* ---- jobs ------------------------------------------------------------------------------------ */

enum { LARGE = 100000, NESTED_TASKS = 20 };

static yoke_status twice(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    *(int *)result = 2 * *(const int *)argument;
    return YOKE_OK;
}

static yoke_status fail(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    *(int *)result = 0;
    return yoke_context_fail(context, YOKE_OVERFLOW, "as it was told to");
}

static yoke_status run_tasks(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument;
    atomic_int count = 0;
#pragma omp taskgroup
    for (int i = 0; i < NESTED_TASKS; i++) {
#pragma omp task shared(count)
        atomic_fetch_add(&count, 1);
    }
    *(int *)result = atomic_load(&count);
    return YOKE_OK;
}

static yoke_task task_of(yoke_kernel kernel, const void *argument, size_t size)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = kernel;
    task.argument = argument;
    task.argument_size = size;
    task.result_size = sizeof(int);
    return task;
}

/* Submits a job and waits for it. */
static yoke_status ask_inside(yoke_context *context, const void *argument, void *result)
{
    yoke_task task = task_of(twice, argument, sizeof(int));
    yoke_job *job;
    yoke_status status = yoke_submit(yoke_context_server(context), &task, &job);
    if (status == YOKE_OK) {
        status = yoke_job_result(job, result, sizeof(int));
        yoke_job_release(job);
    }
    return status;
}

static yoke_status submit_one_more(yoke_job *job, void *server)
{
    (void)job;
    int value = 1;
    yoke_task task = task_of(twice, &value, sizeof value);
    yoke_status status = yoke_submit(server, &task, NULL);
    REQUIRE(status == YOKE_OK || status == YOKE_NO_MEMORY);
    return status;
}

/* The memory that it works in is what allocations fail for. */
static yoke_status work_in_scratch(yoke_context *context, const void *argument, void *result)
{
    int *memory = yoke_context_scratch(context, LARGE);
    if (!memory)
        return YOKE_NO_MEMORY;
    memory[0] = *(const int *)argument;
    *(int *)result = 2 * memory[0];
    return YOKE_OK;
}

/* ---- the program ----------------------------------------------------------------------------- */

/* Whether the call succeeded. It may fail for want of memory while allocations fail. */
static bool succeeded(yoke_status status)
{
    REQUIRE(status == YOKE_OK || (status == YOKE_NO_MEMORY && atomic_load(&armed)));
    REQUIRE(status == YOKE_OK || strstr(yoke_last_error(), "memory"));
    return status == YOKE_OK;
}

/* The job's result; -1 when it could not be submitted, -2 when it has failed. */
static int answer_of(yoke_server *server, const yoke_task *task)
{
    yoke_job *job;
    if (!succeeded(yoke_submit(server, task, &job)))
        return -1;
    int answer;
    yoke_status status = yoke_job_result(job, &answer, sizeof answer);
    REQUIRE(status == YOKE_OK || status == YOKE_JOB_FAILED);
    if (status == YOKE_JOB_FAILED) {
        REQUIRE(yoke_job_message(job)[0]);
        REQUIRE(yoke_job_status(job) == YOKE_OVERFLOW || yoke_job_status(job) == YOKE_NO_MEMORY);
        answer = yoke_job_status(job) == YOKE_OVERFLOW ? -3 : -2;
    }
    yoke_job_release(job);
    return answer;
}

/* Whether the job gave what it gives when there is memory. */
static void expect(yoke_server *server, const yoke_task *task, int right)
{
    int answer = answer_of(server, task);
    REQUIRE(answer == right || (atomic_load(&armed) && (answer == -1 || answer == -2)));
}

static void run_jobs(yoke_server *server)
{
    static unsigned char large[LARGE];
    int value = 21;
    memcpy(large, &value, sizeof value);
    yoke_task task = task_of(twice, &value, sizeof value);
    expect(server, &task, 42);
    task.name = "twice";
    expect(server, &task, 42);
    task.callback = submit_one_more;
    task.callback_context = server;
    expect(server, &task, 42);
    task = task_of(twice, large, sizeof large);
    expect(server, &task, 42);
    task.place = "numa:0";
    expect(server, &task, 42);
    task = task_of(fail, NULL, 0);
    expect(server, &task, -3);
    task = task_of(run_tasks, NULL, 0);
    expect(server, &task, NESTED_TASKS);
    task = task_of(ask_inside, &value, sizeof value);
    expect(server, &task, 42);
}

/* Jobs that read and write the same memory, more of it than a table of addresses has room for. */
static void run_on_addresses(yoke_server *server)
{
    enum { ADDRESSES = 66 };
    static int memory[ADDRESSES];
    const void *read = &memory[0];
    int value = 21;
    for (int i = 0; i < ADDRESSES; i++) {
        const void *written = &memory[i];
        yoke_task task = task_of(work_in_scratch, &value, sizeof value);
        task.reads = &read, task.read_count = 1;
        task.writes = &written, task.write_count = 1;
        if (i < ADDRESSES - 1)
            succeeded(yoke_submit(server, &task, NULL));
        else
            expect(server, &task, 42);
    }
}

/* ---- maps ------------------------------------------------------------------------------------ */

enum { ITEMS = 6 };

struct stream {
    int taken, shown;
};

static bool take(void *input, void *context)
{
    struct stream *stream = context;
    *(int *)input = stream->taken;
    return stream->taken < ITEMS && ++stream->taken;
}

static bool show(const yoke_item *item, void *context)
{
    struct stream *stream = context;
    REQUIRE(item->index == (uint64_t)stream->shown++);
    REQUIRE(item->status == YOKE_OK ? *(const int *)item->output == 2 * (int)item->index
                                    : atomic_load(&armed));
    return true;
}

static void iterate(yoke_server *server, const yoke_map_options *options)
{
    struct stream stream = {0, 0};
    yoke_map_iterator *iterator;
    const yoke_item *item = NULL;
    if (!succeeded(yoke_map_iterator_open(server, take, work_in_scratch, &stream, sizeof(int),
                                          sizeof(int), options, &iterator)))
        return;
    bool goes_on;
    while ((goes_on = succeeded(yoke_map_iterator_next(iterator, &item))) && item)
        show(item, &stream);
    REQUIRE(!goes_on || stream.shown == ITEMS);
    yoke_map_iterator_release(iterator);
}

static yoke_status count_part(yoke_context *context, const void *argument, void *result)
{
    yoke_part part;
    (void)context;
    yoke_part_read(argument, &part);
    *(uint64_t *)result = part.hi - part.lo;
    return YOKE_OK;
}

static void add_counts(void *into, const void *from, void *argument)
{
    (void)argument;
    *(uint64_t *)into += *(const uint64_t *)from;
}

static void map_parts(yoke_server *server, const yoke_map_options *options)
{
    yoke_reduction reduction = YOKE_REDUCTION(uint64_t, add_counts);
    yoke_part range = {0, 21, 1};
    uint64_t count = 7;
    bool counted =
        succeeded(yoke_map_reduce(server, count_part, range, NULL, 0, &reduction, options, &count));
    REQUIRE(count == (counted ? 21 : 7));
}

static void map(yoke_server *server, const char *place)
{
    int inputs[ITEMS], outputs[ITEMS];
    struct stream stream = {0, 0};
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.place = place;
    for (int i = 0; i < ITEMS; i++)
        inputs[i] = i;
    if (succeeded(yoke_map(server, work_in_scratch, inputs, sizeof *inputs, outputs,
                           sizeof *outputs, ITEMS, &options)))
        for (int i = 0; i < ITEMS; i++)
            REQUIRE(outputs[i] == 2 * i);
    map_parts(server, &options);
    iterate(server, &options);
    if (succeeded(yoke_pipeline(server, take, work_in_scratch, show, &stream, sizeof(int),
                                sizeof(int), &options)))
        REQUIRE(stream.shown == ITEMS);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void sum_primes(yoke_server *server)
{
    yoke_uint128 sum;
    uint64_t count;
    yoke_primes_options sieve = YOKE_PRIMES_OPTIONS_INIT;
    sieve.algorithm = YOKE_ALGORITHM_SIEVE;
    if (succeeded(yoke_sum_primes(server, 0, 2000000, &sieve, &sum)))
        REQUIRE(sum.lo == UINT64_C(142913828922) && sum.hi == 0);
    /* With large sieving primes, and primes known among their cofactors. */
    if (succeeded(yoke_count_primes(server, UINT64_C(1000000000000), UINT64_C(1000010000000),
                                    &sieve, &count)))
        REQUIRE(count == 361726);
    /* Without visiting them: Lucy's method, then Gourdon's. */
    if (succeeded(yoke_sum_primes(server, 0, 2000000, NULL, &sum)))
        REQUIRE(sum.lo == UINT64_C(142913828922) && sum.hi == 0);
    if (succeeded(yoke_sum_primes(NULL, 0, 30000000, NULL, &sum))) /* fewer parts, same calls */
        REQUIRE(sum.lo == UINT64_C(26942805919966) && sum.hi == 0);
    /* By loops that look sums up by prime. */
    yoke_primes_options plain = YOKE_PRIMES_OPTIONS_INIT;
    plain.isa = "portable";
    if (succeeded(yoke_sum_primes(NULL, 0, 30000000, &plain, &sum)))
        REQUIRE(sum.lo == UINT64_C(26942805919966) && sum.hi == 0);
}

static yoke_status add_up(const yoke_piece *piece, void *argument)
{
    (void)argument;
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        *(uint64_t *)piece->accumulator += i;
    return YOKE_OK;
}

static void add_numbers(void *into, const void *from, void *argument)
{
    (void)argument;
    *(uint64_t *)into += *(const uint64_t *)from;
}

static void run_loops(yoke_server *server)
{
    yoke_loop loop = YOKE_LOOP(0, 300, add_up, NULL);
    yoke_reduction reduction = YOKE_REDUCTION(uint64_t, add_numbers);
    uint64_t sum = 0;
    loop.grain = 1;
    if (succeeded(yoke_parallel_reduce(server, &loop, &reduction, &sum)))
        REQUIRE(sum == 44850);
    sum = 0;
    if (succeeded(yoke_parallel_scan(server, &loop, &reduction, add_up, &sum)))
        REQUIRE(sum == 44850);
}

static void check_statistics(yoke_server *server, FILE *nowhere)
{
    yoke_server_statistics now = {.size = sizeof now};
    REQUIRE(yoke_server_wait(server, YOKE_FOREVER) == YOKE_OK);
    REQUIRE(yoke_server_get_statistics(server, &now) == YOKE_OK);
    REQUIRE(now.queued == 0 && now.running == 0 &&
            now.submitted == now.done + now.failed + now.cancelled);
    REQUIRE(yoke_server_print_statistics(server, nowhere) == YOKE_OK);
}

static void use(yoke_server *server, unsigned workers, FILE *nowhere)
{
    run_jobs(server);
    if (succeeded(yoke_server_resize(server, workers)))
        REQUIRE(yoke_server_workers(server) == workers);
    run_jobs(server);
    run_on_addresses(server);
    map(server, NULL);
    map(server, "numa:0");
    run_loops(server);
    sum_primes(server);
    check_statistics(server, nowhere);
}

static yoke_server *open_server(void)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = 2;
    yoke_server *server = NULL;
    if (succeeded(yoke_server_open(&options, &server)))
        return server;
    atomic_store(&armed, false);
    REQUIRE(yoke_server_open(&options, &server) == YOKE_OK);
    return server;
}

/* Answers whether there was an allocation to fail. */
static bool run(FILE *nowhere)
{
    alarm(PATIENCE_SECONDS); /* a hang ends the process */
    atomic_store(&calls, 0);
    atomic_store(&armed, true);
    yoke_server *server = open_server();
    use(server, 12, nowhere); /* more workers than the first team has members */
    bool failed = atomic_load(&calls) >= failing;
    atomic_store(&armed, false);
    use(server, 3, nowhere);
    REQUIRE(yoke_server_close(server) == YOKE_OK);
    yoke_server_release(server);
    return failed;
}

static unsigned long run_all(unsigned long first, unsigned long last, FILE *nowhere)
{
    for (failing = first; failing <= last; failing++)
        if (!run(nowhere))
            break;
    REQUIRE(failing > 1);
    return failing - first;
}

int main(int count, char **arguments)
{
    unsigned long first = count > 1 ? strtoul(arguments[1], NULL, 10) : 1;
    unsigned long last = count > 2 ? strtoul(arguments[2], NULL, 10) : 100000;
    FILE *nowhere = fopen("/dev/null", "w");
    REQUIRE(nowhere);
    unsigned long single = run_all(first, last, nowhere);
    persistent = true;
    unsigned long lasting = run_all(first, last, nowhere);
    setenv("HWLOC_SYNTHETIC", "numa:2 core:1 pu:1", 1);
    persistent = false;
    unsigned long nodes = run_all(first, last, nowhere);
    fclose(nowhere);
    printf("allocations: %lu failed alone, %lu with all that follow, %lu with two nodes: each with "
           "a clear status, and the server went on\n",
           single, lasting, nodes);
    return 0;
}
