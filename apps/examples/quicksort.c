/* Parallel Python's quicksort, where it goes further: a job divides its numbers, submits the lower
 * part as another job, sorts the upper part itself, and then waits for the other. A job may wait
 * for jobs at any depth and on any number of workers: what has not started yet runs right there. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/report.h"
#include "example.h"

/* Less than a 32nd is sorted without more jobs. */
enum { COUNT = 1000000, LIMIT = 100000, ALONE = COUNT / 32, SHOWN = 30 };

struct part {
    int *first; /* jobs share the memory of their process: the numbers are sorted where they lie */
    size_t count;
};

static void swap(int *a, int *b)
{
    int kept = *a;
    *a = *b;
    *b = kept;
}

/* Moves what is less than the pivot, the first number, to the front, and the pivot behind it.
 * Returns the pivot's place. */
static size_t divide(struct part part)
{
    int *a = part.first;
    size_t less = 0;
    for (size_t i = 1; i < part.count; i++)
        if (a[i] < a[0])
            swap(&a[++less], &a[i]);
    swap(&a[0], &a[less]);
    return less;
}

static yoke_status sort(yoke_server *server, struct part part);

/* The kernel. */
static yoke_status sort_part(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    return sort(yoke_context_server(context), *(const struct part *)argument);
}

static yoke_status submit(yoke_server *server, const struct part *part, yoke_job **job)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = sort_part;
    task.name = "quicksort";
    task.argument = part;
    task.argument_size = sizeof *part;
    return yoke_submit(server, &task, job);
}

static yoke_status sort(yoke_server *server, struct part part)
{
    if (part.count < 2)
        return YOKE_OK;
    size_t pivot = divide(part);
    struct part lower = {part.first, pivot};
    struct part upper = {part.first + pivot + 1, part.count - pivot - 1};
    if (part.count < ALONE) {
        yoke_status status = sort(server, lower);
        return status == YOKE_OK ? sort(server, upper) : status;
    }
    yoke_job *job;
    yoke_status status = submit(server, &lower, &job);
    if (status != YOKE_OK)
        return status;
    status = sort(server, upper);
    yoke_status other = yoke_job_result(job, NULL, 0);
    yoke_job_release(job);
    return status == YOKE_OK ? other : status;
}

/* The same numbers in every run: SplitMix64 from 1 on. */
static void fill(int *numbers)
{
    uint64_t state = 1;
    for (int i = 0; i < COUNT; i++) {
        uint64_t x = state += 0x9e3779b97f4a7c15;
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
        x = (x ^ x >> 27) * 0x94d049bb133111eb;
        numbers[i] = (int)((x ^ x >> 31) % (LIMIT + 1));
    }
}

static int run(yoke_server *server)
{
    static int numbers[COUNT];
    fill(numbers);
    yoke_job *job;
    must(submit(server, &(struct part){numbers, COUNT}, &job));
    must(yoke_job_result(job, NULL, 0));
    yoke_job_release(job);
    for (int i = 1; i < COUNT; i++)
        if (numbers[i - 1] > numbers[i])
            return report_failure("the numbers %d and %d are in the wrong order", i - 1, i);
    printf("first %d numbers in increasing order: [", SHOWN);
    for (int i = 0; i < SHOWN; i++)
        printf("%s%d", i ? ", " : "", numbers[i]);
    printf("]\n");
    return EXIT_SUCCESS;
}

int main(int count, char **words)
{
    static const struct example example = {
        "quicksort", "Sorts 1,000,000 random numbers by jobs that submit jobs and wait for them.",
        true, run};
    return example_main(&example, count, words);
}
