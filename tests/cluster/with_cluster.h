/* A cluster for a test: a hub and nodes in processes of their own, all ended with the test. */
#ifndef TESTS_WITH_CLUSTER_H
#define TESTS_WITH_CLUSTER_H

#include <stdbool.h>
#include <sys/types.h>
#include <yoke/cluster.h>
#include <yoke/statistics.h>

/* A node's jobs go to others after so long: some beats are missed on a machine that
 * is busy with other tests, and then this must not be over. */
#define SILENCE YOKE_SECONDS(2.5)

/* As a test's .init and .fini: starts a hub on a free port, or skips the test, loudly, where there
 * is no nats-server. */
void start_cluster(void);
void end_cluster(void);

/* As start_cluster(), with a hub that demands certificates; those of certificates.sh lie in the
 * folder. Skips also without openssl. */
void start_tls_cluster(void);

/* The same with a hub that belongs to a group of three, of which the others never come. */
void start_tls_group(void);

/* Starts the hub on the same port and folder, and returns when it listens; kills it. */
void start_hub(void);
void kill_hub(void);

/* How to reach the hub. */
yoke_cluster_options cluster_options(const char *name);

/* How a node comes to grief: in the middle of which of its jobs, from 1; 0: never. */
struct grief {
    unsigned dies_in, stops_in;
};

/* Starts a node with one worker and the kernels below, in a process of its own. Must come before
 * anything in the test's own process that has threads. */
pid_t start_node(const char *name, struct grief grief);

/* The same, later: the process is forked now, and joins when told to. */
pid_t prepare_node(const char *name);
pid_t prepare_doomed_node(const char *name, struct grief grief);
void join_node(pid_t node);

/* Its kernels, version 1. "trial": the sum of the primes in [lo, hi), by trial division; argument
 * and result as of "sum_primes". "die": kills its node. "fail": fails, for a reason. "sleep": until
 * it is cancelled, or to the end of the test. "stubborn": so long whatever happens.
 * "tell": prints its name and `lo` entries x, and tells of `hi` steps, each of them some 50 ms; its
 * result is as long as one likes. "block": opens the blobs of the references that are its
 * argument, adds up their bytes, and waits so many milliseconds as the last 8 bytes of the argument
 * say before it releases them. "tally": as "trial", and adds its `hi` to the file "tally" in the
 * folder, as a line of text. */

/* Those called "trial", "sleep" and "tell", for who registers them in the test's own process. */
yoke_status trial(yoke_context *context, const void *argument, void *result);
yoke_status sleep_on(yoke_context *context, const void *argument, void *result);
yoke_status tell(yoke_context *context, const void *argument, void *result);
yoke_status sum_blocks(yoke_context *context, const void *argument, void *result);

/* Registers kernels of the test's own on the nodes that are started or prepared afterwards; NULL:
 * none. Such a kernel calls come_to_grief() in the middle of each of its jobs. */
extern void (*register_further_kernels)(void);
void come_to_grief(void);

/* Opens a server of so many workers on a connection with these options; one without workers, or
 * likewise as `name`. It fails the test where it cannot. */
yoke_server *join_as(yoke_cluster_options options, unsigned workers);
yoke_server *join(const char *name);

/* Its connection, and what is known of that. */
yoke_cluster *cluster_of(const yoke_server *server);
yoke_cluster_statistics traffic_of(const yoke_server *server);

/* What is known of its jobs. */
yoke_server_statistics counts_of(yoke_server *server);

/* Releases both. */
void leave(yoke_server *server);

/* The task of a kernel above, with its argument where that stays until it is submitted. */
yoke_task interval_task(unsigned char interval[16], const char *kernel, uint64_t lo, uint64_t hi);

/* Submits a job of a kernel above, or fails the test. */
yoke_job *submit(yoke_server *server, const char *kernel, uint64_t lo, uint64_t hi);

/* The folder of the hub and the port it listens on. */
const char *cluster_folder(void);
int cluster_port(void);
int cluster_route_port(void); /* where the hub of a group listens to other hubs */

/* A port of this machine that nobody listens on. */
int find_port(void);

#endif
