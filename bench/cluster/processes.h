/* A cluster on this machine for a benchmark: a hub and nodes, each in a process of its own, which
 * end with the program at the latest. */
#ifndef CLUSTER_PROCESSES_H
#define CLUSTER_PROCESSES_H

#include <stdint.h>
#include <sys/types.h>
#include <yoke/cluster.h>

enum { NODES_MAX = 16 };

struct processes {
    char folder[64], listen[32], credentials[96];
    pid_t hub, node[NODES_MAX];
    unsigned nodes;
};

/* Starts a hub on a free port, and `nodes` nodes of `workers` workers. Must come before anything
 * that has threads. Their kernels, version 1: "echo" returns its argument, "fill" a result of any
 * size, "nap" sleeps for as many nanoseconds as its argument says, "work" computes for as long.
 * Ends the program when the hub does not start. */
void processes_open(struct processes *processes, unsigned nodes, unsigned workers);
void processes_close(struct processes *processes);

/* How to reach the hub. */
yoke_cluster_options processes_options(const struct processes *processes);

/* Seconds of processor time that a process has used. */
double processes_processor_time(pid_t process);

#endif
