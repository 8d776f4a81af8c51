/* Durable programs in tests, and what they have at the hub. */
#ifndef TESTS_WITH_DURABLE_H
#define TESTS_WITH_DURABLE_H

#include "cluster/cluster.h"
#include "with_cluster.h"

/* How such a program opens its cluster; opens it, or fails the test. */
yoke_cluster_options durable_options(const char *name);
yoke_server *join_durable(const char *name);

/* Submits a job for the sum of the primes below `hi` under a key; the second one fails the test
 * where the job is refused. */
yoke_status try_keyed(yoke_server *server, const char *key, const char *kernel, uint64_t hi,
                      yoke_job **job);
yoke_job *submit_keyed(yoke_server *server, const char *key, const char *kernel, uint64_t hi);

/* Waits for the job, whose result must be the sum of the primes below `hi`. */
void check_sum(yoke_job *job, uint64_t hi);

/* Visits, as of yoke_server_collect(): counts into an int. And how many there are in all; their
 * handles are released. */
void count_any(const char *key, yoke_job *job, void *context);
int count_kept(yoke_server *server);

/* Somebody who looks at the hub from outside; how many subjects have messages there. */
void open_stranger(struct connection *connection);
int count_at_hub(struct connection *connection, const char *stream, const char *subjects);

/* Of the durable program called "program". */
void assert_nothing_is_left(void);

#endif
