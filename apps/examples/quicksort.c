/* Parallel Python's quicksort, where it goes further: the numbers are divided, the lower part is
 * forked, the upper part sorted here, and then both are joined. A fork costs little more than a
 * call, so parts of any size are forked; idle workers take the largest. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/report.h"
#include "example.h"

enum { COUNT = 1000000, LIMIT = 100000, SHOWN = 30 };

struct part {
    int *first; /* the numbers are sorted where they lie */
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

static yoke_status sort(yoke_forks *forks, void *argument)
{
    struct part part = *(const struct part *)argument;
    if (part.count < 2)
        return YOKE_OK;
    size_t pivot = divide(part);
    struct part lower = {part.first, pivot};
    struct part upper = {part.first + pivot + 1, part.count - pivot - 1};
    yoke_frame frame;
    yoke_fork(forks, &frame, sort, &lower);
    yoke_status status = sort(forks, &upper);
    yoke_status other = yoke_join_call(forks, &frame, sort, &lower);
    return status == YOKE_OK ? other : status;
}

/* The kernel. */
static yoke_status sort_all(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    struct part all = *(const struct part *)argument;
    return sort(yoke_forks_here(), &all);
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
    struct part all = {numbers, COUNT};
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = sort_all;
    task.name = "quicksort";
    task.argument = &all;
    task.argument_size = sizeof all;
    must(yoke_run(server, &task, NULL));
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
        "quicksort", "Sorts 1,000,000 random numbers, divided by fork and join.", true, run};
    return example_main(&example, count, words);
}
