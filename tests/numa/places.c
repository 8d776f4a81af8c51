/* A job with a place: where it runs, and where its memory lies. */
#include <stdio.h>
#include <string.h>

#include "witness.h"
#include "yoke/primes.h"

enum { LARGE = 1 << 20 };

struct findings {
    unsigned node, sieves;
    size_t argument_pages, argument_there, result_pages, result_there;
};

/* The argument begins with the node where the job is to run. */
static yoke_status look(yoke_context *context, const void *argument, void *result)
{
    struct findings findings = {0};
    unsigned place = *(const unsigned *)argument, cpu;
    here(&cpu, &findings.node);
    findings.argument_there = pages_on(place, argument, LARGE, &findings.argument_pages);
    memset(result, 1, LARGE);
    findings.result_there = pages_on(place, result, LARGE, &findings.result_pages);
    uint64_t count = 0;
    take_blocks_checked();
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = YOKE_ALGORITHM_SIEVE;
    must(yoke_count_primes(NULL, 0, 1000000, &options, &count));
    findings.sieves = take_blocks_checked();
    if (count != 78498)
        complain("wrong count %llu", (unsigned long long)count);
    if (yoke_context_worker(context) >= workers)
        complain("worker %u of %u", yoke_context_worker(context), workers);
    memcpy(result, &findings, sizeof findings);
    return YOKE_OK;
}

/* The submitter sits on another node: without care its copy of the argument would lie there. */
void check_places(void)
{
    static unsigned char argument[LARGE], result[LARGE];
    size_t pages = 0, sieves = 0;
    for (unsigned node = 0; node < nodes; node++) {
        char place[16];
        snprintf(place, sizeof place, "numa:%u", node);
        memcpy(argument, &node, sizeof node);
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = look;
        task.argument = argument;
        task.argument_size = task.result_size = LARGE;
        task.place = place;
        yoke_job *job = NULL;
        move_to((node + 1) % nodes);
        must(yoke_submit(server, &task, &job));
        must(yoke_job_result(job, result, LARGE));
        move_to(NODES_MAX);
        yoke_job_release(job);
        struct findings found;
        memcpy(&found, result, sizeof found);
        if (found.node != node)
            complain("a job for %s ran on node %u", place, found.node);
        if (found.argument_there != found.argument_pages)
            complain("of %zu pages of an argument for %s only %zu lie there", found.argument_pages,
                     place, found.argument_there);
        if (found.result_there != found.result_pages)
            complain("of %zu pages of a result for %s only %zu lie there", found.result_pages,
                     place, found.result_there);
        if (!found.sieves)
            complain("a job for %s had no sieve", place);
        pages += found.argument_there + found.result_there;
        sieves += found.sieves;
    }
    note("%zu pages of arguments and results, %zu blocks of sieves, each on its job's node", pages,
         sieves);
}
