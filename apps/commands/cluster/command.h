/* The commands of yoke_cluster, and the rows of its option table. */
#ifndef CLUSTER_COMMAND_H
#define CLUSTER_COMMAND_H

#include <yoke/cluster.h>

#include "cli/arguments.h"

enum {
    OPTION_SERVERS,
    OPTION_CREDENTIALS,
    OPTION_CA,
    OPTION_CERTIFICATE,
    OPTION_KEY,
    OPTION_NAME,
    OPTION_THREADS,
    OPTION_SILENCE,
    OPTION_CACHE,
    OPTION_KERNELS,
    OPTION_IDLE_EXIT,
    OPTION_PID_FILE,
    OPTION_LOG_LEVEL,
    OPTION_LISTEN,
    OPTION_DIRECTORY,
    OPTION_ROUTES,
    OPTION_CLUSTER,
    OPTION_RUN,
    OPTION_ALGORITHM,
    OPTION_CHECKPOINT,
    OPTION_RESUME,
    OPTION_STATUS,
    OPTION_NO_PROGRESS,
    OPTION_TIME,
    OPTION_QUIET,
    OPTION_JSON,
    OPTION_NODE_JSON,
    OPTION_HELP,
    OPTION_COUNT
};

/* Each carries out its command and returns the exit status. */
int cluster_node(const struct arguments *arguments);
int cluster_hub(const struct arguments *arguments);
int cluster_nodes(const struct arguments *arguments);
int cluster_sum(const struct arguments *arguments);
int cluster_count(const struct arguments *arguments);

/* How to reach the hub: from the options, else from the environment. */
void connect_options(const struct arguments *arguments, yoke_cluster_options *how);

/* Reads seconds into `time`, or reports what is wrong with the option. */
bool read_seconds(const char *option, const char *text, yoke_duration *time);

#endif
