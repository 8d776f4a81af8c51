/* What a job server has done: counts of jobs by how they ended, and the time that they took. */
#ifndef YOKE_STATISTICS_H
#define YOKE_STATISTICS_H

#include "server.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* Counts since the server was opened, all of one moment: submitted = queued + running + done +
 * failed + cancelled + timed_out + lost. Of the running jobs no more are at work than there are
 * workers; the others wait in their kernels. */
typedef struct yoke_server_statistics {
    size_t size; /* sizeof(yoke_server_statistics), set by the caller                            */
    uint64_t submitted, queued, running, done, failed, cancelled, timed_out, lost;
    uint64_t retried; /* runs of kernels beyond the first of their job                           */
    uint64_t callbacks_failed;
    unsigned workers;      /* as yoke_server_workers()                                            */
    unsigned nodes;        /* NUMA nodes that have workers                                        */
    yoke_duration busy;    /* sum over all ended jobs of the time their kernels ran               */
    yoke_duration elapsed; /* since the server was opened, until now or until it was closed      */
    uint64_t forked; /* calls by yoke_fork(), added when the kernel or the like has ended        */
    uint64_t stolen; /* those of them that another thread took                                   */
} yoke_server_statistics;

/* Fills `statistics`, whose size the caller has set. Never blocks. Cost: a microsecond, and some
 * ten nanoseconds for each worker; during that time no job is submitted or begun. Errors:
 * YOKE_INVALID (unknown size), YOKE_FORKED. */
yoke_status yoke_server_get_statistics(yoke_server *server, yoke_server_statistics *statistics);

/* Writes Parallel Python's table: a row of job count, share, time and mean time for each NUMA node
 * that ran jobs ("local" where there is one node, else "local numa:N") and for each node of a
 * cluster, by its name, the time since the server was opened, active jobs and workers. Failed,
 * cancelled, timed out and lost jobs are named in a line of their own when there are any.
 * Errors: YOKE_SYSTEM when the stream refuses, YOKE_FORKED. */
yoke_status yoke_server_print_statistics(yoke_server *server, FILE *stream);

/* The same of one place: a NUMA node. Only jobs that ran there are counted; jobs that ended without
 * having run belong to no place. */
typedef struct yoke_place_statistics {
    size_t size;      /* sizeof(yoke_place_statistics), set by the caller                       */
    char place[40];   /* an hwloc location string, such as "numa:0", or a node of a cluster     */
    unsigned workers; /* that run there now; 0 for a node of a cluster                          */
    uint64_t ended;   /* done + failed + cancelled + timed_out + lost                           */
    uint64_t done, failed, cancelled, timed_out, lost, retried;
    yoke_duration busy;
} yoke_place_statistics;

/* Fills `statistics`, whose size the caller has set, for the place `index`: 0, 1, ... up to the
 * number of the machine's NUMA nodes that the process may use, and after them one for each node of
 * a cluster that ended jobs. Never blocks.
 * Errors: YOKE_INVALID (unknown size, or no such place, which ends a loop over all places),
 * YOKE_FORKED. */
yoke_status yoke_server_get_place_statistics(yoke_server *server, unsigned index,
                                             yoke_place_statistics *statistics);

/* Writes all statistics as one JSON object: the counts, "workers", "nodes", "forked", "stolen",
 * "busy_seconds", "elapsed_seconds", and "places" with those of each place. Errors: YOKE_SYSTEM
 * when the stream refuses, YOKE_FORKED. */
yoke_status yoke_server_print_statistics_json(yoke_server *server, FILE *stream);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
