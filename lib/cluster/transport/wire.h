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
#define WIRE_CHANNEL_SIZE 96
/* More tries, of a kernel that fails at once, would keep a node from everything else. */
#define WIRE_TRIES_MAX 65535
/* What is added to an argument or a result, and to an output, by the message around it,
 * generously. */
#define WIRE_ENVELOPE 1024
/* NATS itself carries no more than 64 MiB. */
#define WIRE_SIZE_MAX ((uint64_t)64 << 20)

struct wire_job {
    uint64_t sequence;
    uint64_t time_limit; /* in nanoseconds; 0: none */
    uint64_t deliveries; /* allowed, and those used up before this message was sent */
    uint64_t earlier;
    uint64_t tries; /* of a kernel that fails, on the node */
    uint64_t result_size;
    const void *argument; /* in what is read or written */
    uint64_t argument_size;
};

struct wire_result {
    uint64_t sequence;
    yoke_state state;
    yoke_status status;
    uint64_t busy;            /* nanoseconds */
    uint64_t progress, total; /* as the kernel told them last */
    char message[WIRE_MESSAGE_SIZE];
    const char *output;   /* as it was printed, without an end; this and the bytes lie in what is */
    uint64_t output_size; /* read or written */
    const void *bytes;
    uint64_t size;
};

/* What a node tells when it takes jobs, unless the hub is away. */
struct wire_started {
    uint64_t delivery; /* which one of the jobs', from 1 */
    char node[YOKE_CLUSTER_NAME_MAX + 1];
    uint64_t count;
    const unsigned char *sequences; /* packed, in what is read or written */
};

/* What a node tells now and then of jobs that run there, unless the hub is away. */
#define WIRE_PROGRESS_SIZE 24
struct wire_progress {
    uint64_t count;
    const unsigned char *jobs; /* each the sequence, the progress and the total, packed; likewise */
};

/* ---- jobs and results: a head, and one part or more behind it -------------------------------- */

#define WIRE_HEAD_SIZE (8 + 8 + WIRE_CLIENT_SIZE)

/* Each writes what its messages begin with and returns how many bytes that is. */
size_t wire_jobs_head(unsigned char head[WIRE_HEAD_SIZE], const char *client);
size_t wire_results_head(unsigned char head[WIRE_HEAD_SIZE], const char *node);

/* Each returns memory that the caller frees, NULL where there is none: WIRE_HEAD_SIZE bytes with
 * nothing in them, where a head has room, and behind them the part, of `*size` bytes. */
unsigned char *wire_job_write(const struct wire_job *job, size_t *size);
unsigned char *wire_result_write(const struct wire_result *result, size_t *size);

/* Where the result's bytes go, for who writes them there himself, having given NULL for `bytes`. */
unsigned char *wire_result_bytes(unsigned char *memory, size_t size, size_t result_size);

/* What is left of a message. */
struct wire_reader {
    const unsigned char *at;
    size_t left;
    bool good;
};

/* Each looks at any bytes whatever, and returns how many parts they have: 0 unless all of them are
 * good. Then the next part is read until there is none. */
size_t wire_jobs_open(struct wire_reader *reader, char client[WIRE_CLIENT_SIZE], const void *bytes,
                      size_t size);
size_t wire_results_open(struct wire_reader *reader, char node[YOKE_CLUSTER_NAME_MAX + 1],
                         const void *bytes, size_t size);
bool wire_job_next(struct wire_reader *reader, struct wire_job *job);
bool wire_result_next(struct wire_reader *reader, struct wire_result *result);

/* ---- what a durable program keeps at the hub ------------------------------------------------- */

/* A job with a key, all but the key itself. */
struct wire_entry {
    uint64_t sequence, digest, result_size;
    char channel[WIRE_CHANNEL_SIZE]; /* KERNEL.VERSION */
};

/* As of wire_job_write(), for a message without a head. */
unsigned char *wire_entry_write(const struct wire_entry *entry, size_t *size);
bool wire_entry_read(struct wire_entry *entry, const void *bytes, size_t size);

/* What the jobs of a durable program are called that have a key: their results are kept, too. All
 * other clients end in a number. */
void wire_session_client_write(char client[WIRE_CLIENT_SIZE], const char *name);
bool wire_is_session_client(const char *client);

/* ---- the rest -------------------------------------------------------------------------------- */

/* Returns the message, which the caller frees, NULL without memory. */
unsigned char *wire_started_write(const struct wire_started *started, size_t *size);
bool wire_started_read(struct wire_started *started, const void *bytes, size_t size);

unsigned char *wire_progress_write(const struct wire_progress *progress, size_t *size);
bool wire_progress_read(struct wire_progress *progress, const void *bytes, size_t size);

/* Who a node is, and how it does. Its kernels are words, NAME.VERSION; those that do not fit are
 * left out. */
#define WIRE_HOST_SIZE    65
#define WIRE_VERSION_SIZE 17
#define WIRE_KERNELS_SIZE 1024
struct wire_info {
    char name[YOKE_CLUSTER_NAME_MAX + 1], host[WIRE_HOST_SIZE], version[WIRE_VERSION_SIZE];
    char kernels[WIRE_KERNELS_SIZE];
    uint64_t workers, cores;
    uint64_t load; /* of the machine in the last minute, in hundredths of a core */
    uint64_t active, taken, reported, malformed, lost;
};
unsigned char *wire_info_write(const struct wire_info *info, size_t *size);
bool wire_info_read(struct wire_info *info, const void *bytes, size_t size);

/* Whether `text` is 1 to `most` letters, digits, _ and -. */
bool wire_name_valid(const char *text, size_t most);

/* A job is called "CLIENT.SEQUENCE" everywhere. */
void wire_id_write(char id[WIRE_ID_SIZE], const char *client, uint64_t sequence);
bool wire_id_read(const char *id, char client[WIRE_CLIENT_SIZE], uint64_t *sequence);

/* And all jobs of a client "CLIENT.*". */
void wire_id_write_all(char id[WIRE_ID_SIZE], const char *client);
bool wire_id_read_all(const char *id, char client[WIRE_CLIENT_SIZE]);

#endif
