/* Decides how many workers there are, from what the caller, the environment and the machine say,
 * and keeps the reason as a text. */
#include "workers.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "snapshot.h"

/* Job scripts write `export OMP_NUM_THREADS=$SLURM_CPUS_PER_TASK` and run outside Slurm as well, so
 * an empty variable counts as one that is not set. */
const char *workers_variable(const char *name)
{
    const char *text = getenv(name);
    return text && text[strspn(text, " \t")] ? text : NULL;
}

struct environment workers_environment(void)
{
    return (struct environment){
        .omp_num_threads = workers_variable("OMP_NUM_THREADS"),
        .openmp_threads = omp_get_max_threads(),
        .thread_limit = omp_get_thread_limit(),
        .slurm_cpus_per_task = workers_variable("SLURM_CPUS_PER_TASK"),
    };
}

/* The first of the numbers in a text such as "4,2"; 0 when something else than numbers from 1 to
 * the limit stands there. OpenMP warns about such a text and goes on with its own default. */
static unsigned first_number(const char *text)
{
    unsigned first = 0;
    for (;; text++) {
        char *end;
        long number = strtol(text, &end, 10);
        if (number < 1 || number > YOKE_WORKERS_MAX)
            return 0;
        if (!first)
            first = (unsigned)number;
        text = end + strspn(end, " \t");
        if (*text != ',')
            return *text ? 0 : first;
    }
}

static yoke_status decide_by_openmp(yoke_topology *topology, const struct environment *environment)
{
    unsigned first = first_number(environment->omp_num_threads);
    if (!first)
        return error_set(YOKE_INVALID,
                         "OMP_NUM_THREADS is \"%.40s\": set it to a number from 1 to %d, or to a "
                         "list of such numbers, or unset it",
                         environment->omp_num_threads, YOKE_WORKERS_MAX);
    unsigned threads = (unsigned)environment->openmp_threads;
    if (threads < 1 || threads > YOKE_WORKERS_MAX)
        return error_set(YOKE_INVALID,
                         "OpenMP's number of threads is %d: call omp_set_num_threads() with a "
                         "number from 1 to %d",
                         environment->openmp_threads, YOKE_WORKERS_MAX);
    topology->workers = threads;
    if (threads == first)
        snprintf(topology->reason, sizeof topology->reason, "OMP_NUM_THREADS is %u", threads);
    else
        snprintf(topology->reason, sizeof topology->reason,
                 "OpenMP's number of threads was set to %u", threads);
    return YOKE_OK;
}

static yoke_status decide_by_slurm(yoke_topology *topology, const char *text)
{
    unsigned number = strchr(text, ',') ? 0 : first_number(text);
    if (!number)
        return error_set(YOKE_INVALID,
                         "SLURM_CPUS_PER_TASK is \"%.40s\": set it to a number from 1 to %d, or "
                         "unset it",
                         text, YOKE_WORKERS_MAX);
    topology->workers = number;
    snprintf(topology->reason, sizeof topology->reason, "SLURM_CPUS_PER_TASK is %u", number);
    return YOKE_OK;
}

/* One worker per core, not per hardware thread: the second thread of a core adds little to
 * numeric kernels that keep its units busy, and takes half of its caches. */
static void decide_by_machine(yoke_topology *topology)
{
    unsigned cores = topology->counts.usable_cores;
    const char *plural = cores == 1 ? "" : "s";
    if (topology->quota <= (double)(cores - 1)) {
        topology->workers = (unsigned)ceil(topology->quota);
        decimal_text(topology->reason, sizeof topology->reason,
                     "the CPU quota of the control group is %.3g core%s", topology->quota,
                     topology->quota == 1.0 ? "" : "s");
    } else {
        topology->workers = cores;
        snprintf(topology->reason, sizeof topology->reason,
                 topology->here ? "the process may use %u core%s" : "the machine has %u core%s",
                 cores, plural);
    }
}

/* The reason says so too: users look there when they get fewer workers than they asked for. */
static void cap(yoke_topology *topology, unsigned most, const char *by)
{
    if (topology->workers <= most)
        return;
    topology->workers = most;
    size_t length = strlen(topology->reason);
    snprintf(topology->reason + length, sizeof topology->reason - length, ", capped by %s%u", by,
             most);
}

yoke_status workers_decide(yoke_topology *topology, unsigned asked,
                           const struct environment *environment)
{
    yoke_status status = YOKE_OK;
    if (asked) {
        topology->workers = asked;
        snprintf(topology->reason, sizeof topology->reason, "the caller asked for %u", asked);
    } else if (environment->omp_num_threads) {
        status = decide_by_openmp(topology, environment);
    } else if (environment->slurm_cpus_per_task) {
        status = decide_by_slurm(topology, environment->slurm_cpus_per_task);
    } else {
        decide_by_machine(topology);
    }
    if (status)
        return status;
    cap(topology, YOKE_WORKERS_MAX, "yoke's limit of ");
    if (environment->thread_limit > 0)
        cap(topology, (unsigned)environment->thread_limit, "OMP_THREAD_LIMIT=");
    return YOKE_OK;
}
