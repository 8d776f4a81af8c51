/* What a map is to do: its options, looked at, and whether its kernels are jobs. */
#ifndef NUMERIC_MAP_PLAN_H
#define NUMERIC_MAP_PLAN_H

#include "server/lifecycle/item.h"
#include "yoke/map.h"

struct map_plan {
    yoke_server *server;
    yoke_map_options options; /* as this library knows them */
    struct item_task task;
    yoke_task job;    /* what all jobs have in common, if kernels are jobs */
    bool by_jobs;     /* each kernel is a job of its own, */
    bool on_nodes;    /* which an executor may run */
    int64_t deadline; /* as os_now(); negative: none */
};

/* The options as this library knows them; NULL stands for none. */
yoke_status map_plan_read(yoke_map_options *known, const yoke_map_options *options);

yoke_status map_plan_make(struct map_plan *plan, yoke_server *server, yoke_kernel kernel,
                          size_t input_size, size_t output_size, const yoke_map_options *options);

/* The workers of its server, one at least. */
unsigned map_plan_workers(const struct map_plan *plan);

/* So many things for each worker, and enough for the nodes, unless the options say how many. */
size_t map_plan_window(const struct map_plan *plan, size_t for_each_worker);

#endif
