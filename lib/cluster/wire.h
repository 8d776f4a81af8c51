/* What nodes and programs say to each other: the bytes of a job and of a result, and the names that
 * subjects are made of. Integers are 64 bits, least significant byte first; whatever follows a
 * length is checked against it, and nothing may be left over. */
#ifndef CLUSTER_WIRE_H
#define CLUSTER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yoke/cluster.h>

/* "NAME-" and 16 hexadecimal digits. */
#define WIRE_CLIENT_SIZE  (YOKE_CLUSTER_NAME_MAX + 1 + 16 + 1)
#define WIRE_ID_SIZE      (WIRE_CLIENT_SIZE + 1 + 20)
#define WIRE_MESSAGE_SIZE 256
/* NATS itself carries no more than 64 MiB. */
#define WIRE_SIZE_MAX ((uint64_t)64 << 20)

struct wire_job {
    uint64_t time_limit; /* in nanoseconds; 0: none */
    uint64_t deliveries;
    uint64_t result_size;
    const void *argument; /* in what is read or written */
    uint64_t argument_size;
};

struct wire_result {
    yoke_state state;
    yoke_status status;
    uint64_t busy; /* nanoseconds */
    char node[YOKE_CLUSTER_NAME_MAX + 1];
    char message[WIRE_MESSAGE_SIZE];
    const void *bytes; /* in what is read or written */
    uint64_t size;
};

/* What a node tells when it takes a job, unless the hub is away. */
struct wire_started {
    uint64_t sequence;
    uint64_t delivery; /* which one of the job's, from 1 */
    char node[YOKE_CLUSTER_NAME_MAX + 1];
};

/* Each returns bytes that the caller frees, NULL without memory; writes their number. */
unsigned char *wire_job_write(const struct wire_job *job, size_t *size);
unsigned char *wire_result_write(const struct wire_result *result, size_t *size);
unsigned char *wire_started_write(const struct wire_started *started, size_t *size);

/* Each reads any bytes whatever, and returns whether they are one. */
bool wire_job_read(struct wire_job *job, const void *bytes, size_t size);
bool wire_result_read(struct wire_result *result, const void *bytes, size_t size);
bool wire_started_read(struct wire_started *started, const void *bytes, size_t size);

/* Whether `text` is 1 to `most` letters, digits, _ and -. */
bool wire_name_valid(const char *text, size_t most);

/* A job is called "CLIENT.SEQUENCE" everywhere. */
void wire_id_write(char id[WIRE_ID_SIZE], const char *client, uint64_t sequence);
bool wire_id_read(const char *id, char client[WIRE_CLIENT_SIZE], uint64_t *sequence);

#endif
