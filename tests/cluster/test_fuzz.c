/* Messages that somebody has damaged: those who read them, a node and a program count each one,
 * answer where there is somebody to answer to, and go on. */
#include <criterion/criterion.h>
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../random.h"
#include "cluster/connection.h"
#include "with_cluster.h"

enum { LONGEST = 1024, MESSAGES = 1500 };

struct message {
    unsigned char bytes[LONGEST];
    size_t size;
};

/* ---- good ones ------------------------------------------------------------------------------- */

static void append(struct message *message, unsigned char *memory, size_t before, size_t size)
{
    cr_assert(memory && message->size + size <= LONGEST);
    memcpy(message->bytes + message->size, memory + before, size);
    message->size += size;
    free(memory);
}

static struct message write_jobs(uint64_t *state)
{
    struct message message;
    message.size = wire_jobs_head(message.bytes, "fuzz");
    for (uint64_t i = 0; i < 1 + random_below(state, 3); i++) {
        const struct wire_job job = {
            .sequence = random_below(state, 1000),
            .deliveries = 8,
            .result_size = 16,
            .argument = "0123456789abcdef",
            .argument_size = random_below(state, 17),
        };
        size_t size;
        unsigned char *memory = wire_job_write(&job, &size);
        append(&message, memory, WIRE_HEAD_SIZE, size);
    }
    return message;
}

static struct message write_results(uint64_t *state)
{
    struct message message;
    message.size = wire_results_head(message.bytes, "node");
    for (uint64_t i = 0; i < 1 + random_below(state, 3); i++) {
        bool done = random_below(state, 2);
        struct wire_result result = {.sequence = 1000 + random_below(state, 1000),
                                     .state = done ? YOKE_STATE_DONE : YOKE_STATE_FAILED,
                                     .status = done ? YOKE_OK : YOKE_JOB_FAILED,
                                     .bytes = done ? "0123456789abcdef" : NULL,
                                     .size = done ? 16 : 0,
                                     .progress = 3,
                                     .total = 4,
                                     .output = "it printed\n",
                                     .output_size = random_below(state, 12)};
        strcpy(result.message, done ? "" : "a reason");
        size_t size;
        unsigned char *memory = wire_result_write(&result, &size);
        append(&message, memory, WIRE_HEAD_SIZE, size);
    }
    return message;
}

static struct message write_started(void)
{
    static const unsigned char sequences[16] = {232, 3, 0, 0, 0, 0, 0, 0, 233, 3};
    const struct wire_started started = {1, "node", 2, sequences};
    struct message message = {.size = 0};
    size_t size;
    unsigned char *memory = wire_started_write(&started, &size);
    append(&message, memory, 0, size);
    return message;
}

static struct message write_progress(void)
{
    static const unsigned char jobs[2 * WIRE_PROGRESS_SIZE] = {232, 3, 0, 0, 0, 0, 0, 0, 1};
    const struct wire_progress progress = {2, jobs};
    struct message message = {.size = 0};
    size_t size;
    unsigned char *memory = wire_progress_write(&progress, &size);
    append(&message, memory, 0, size);
    return message;
}

static struct message write_about(void)
{
    const struct wire_about about = {
        .name = "node", .host = "host", .version = "0.1", .kernels = "a.1 b.2", .workers = 2};
    struct message message = {.size = 0};
    size_t size;
    unsigned char *memory = wire_about_write(&about, &size);
    append(&message, memory, 0, size);
    return message;
}

/* ---- damage ---------------------------------------------------------------------------------- */

static void change_number(uint64_t *state, struct message *message)
{
    static const uint64_t numbers[] = {0,
                                       1,
                                       7,
                                       16,
                                       255,
                                       INT32_MAX,
                                       UINT32_MAX,
                                       WIRE_SIZE_MAX,
                                       WIRE_SIZE_MAX + 1,
                                       INT64_MAX,
                                       (uint64_t)INT64_MAX + 1,
                                       UINT64_MAX - 7,
                                       UINT64_MAX};
    if (message->size >= 8)
        yoke_pack_u64(message->bytes + random_below(state, message->size - 7),
                      numbers[random_below(state, sizeof numbers / sizeof *numbers)]);
}

static void move_bytes(uint64_t *state, struct message *message)
{
    size_t from = random_below(state, message->size), to = random_below(state, message->size);
    size_t most = message->size - (from > to ? from : to);
    memmove(message->bytes + to, message->bytes + from, random_below(state, most + 1));
}

static void change_size(uint64_t *state, struct message *message)
{
    size_t size = random_below(state, message->size + 40);
    size = size < LONGEST ? size : LONGEST;
    for (size_t i = message->size; i < size; i++)
        message->bytes[i] = (unsigned char)random_next(state);
    message->size = size;
}

static void damage(uint64_t *state, struct message *message)
{
    for (uint64_t i = 0; i < 1 + random_below(state, 3) && message->size > 0; i++) {
        uint64_t what = random_below(state, 8);
        if (what == 0)
            change_size(state, message);
        else if (what == 1)
            move_bytes(state, message);
        else if (what < 4)
            message->bytes[random_below(state, message->size)] = (unsigned char)random_next(state);
        else
            change_number(state, message);
    }
}

/* ---- those who read -------------------------------------------------------------------------- */

static void read_jobs(const void *bytes, size_t size)
{
    struct wire_reader reader;
    struct wire_job job;
    char client[WIRE_CLIENT_SIZE];
    size_t count = wire_jobs_open(&reader, client, bytes, size), read = 0;
    while (read < count && wire_job_next(&reader, &job)) {
        const unsigned char *argument = job.argument;
        cr_assert(job.argument_size <= size && job.result_size <= WIRE_SIZE_MAX);
        for (uint64_t i = 0; i < job.argument_size; i++)
            cr_assert(argument + i >= (const unsigned char *)bytes &&
                      argument + i < (const unsigned char *)bytes + size);
        read++;
    }
    cr_assert(read == count && (count == 0 || wire_name_valid(client, WIRE_CLIENT_SIZE - 1)));
}

static void read_others(const void *bytes, size_t size)
{
    struct wire_reader reader;
    struct wire_result result;
    struct wire_started started;
    struct wire_about about;
    char node[YOKE_CLUSTER_NAME_MAX + 1];
    size_t count = wire_results_open(&reader, node, bytes, size);
    for (size_t i = 0; i < count; i++) {
        cr_assert(wire_result_next(&reader, &result));
        cr_assert(result.size <= size && strlen(result.message) < WIRE_MESSAGE_SIZE);
        cr_assert_leq(result.output_size, size);
        volatile char last = result.output_size ? result.output[result.output_size - 1] : 0;
        (void)last;
    }
    struct wire_progress progress;
    if (wire_progress_read(&progress, bytes, size)) {
        uint64_t last;
        cr_assert_leq(progress.count, size / WIRE_PROGRESS_SIZE);
        yoke_unpack_u64(progress.jobs + WIRE_PROGRESS_SIZE * progress.count - 8, &last);
    }
    if (wire_started_read(&started, bytes, size)) {
        uint64_t last;
        cr_assert_leq(started.count, size / 8);
        if (started.count)
            yoke_unpack_u64(started.sequences + 8 * (started.count - 1), &last);
    }
    if (wire_about_read(&about, bytes, size))
        cr_assert(strlen(about.host) < WIRE_HOST_SIZE && strlen(about.kernels) < WIRE_KERNELS_SIZE);
}

/* The copy ends where the message does, under AddressSanitizer. */
Test(fuzz, who_reads_stays_within_the_message, .timeout = 120)
{
    uint64_t state = 11;
    for (int i = 0; i < 400000; i++) {
        struct message message = i % 5 == 0   ? write_jobs(&state)
                                 : i % 5 == 1 ? write_results(&state)
                                 : i % 5 == 2 ? write_started()
                                 : i % 5 == 3 ? write_progress()
                                              : write_about();
        damage(&state, &message);
        unsigned char *copy = malloc(message.size ? message.size : 1);
        memcpy(copy, message.bytes, message.size);
        read_jobs(copy, message.size);
        read_others(copy, message.size);
        free(copy);
    }
}

/* ---- a node ---------------------------------------------------------------------------------- */

static void open_stranger(struct connection *connection)
{
    yoke_cluster_options options = cluster_options("stranger");
    cr_assert_eq(connection_open(connection, &options), YOKE_OK, "%s", yoke_last_error());
}

static void keep(const yoke_node_info *info, void *context)
{
    *(yoke_node_info *)context = *info;
}

static yoke_node_info ask(yoke_server *server)
{
    yoke_node_info info = {.taken = 0};
    cr_assert_eq(yoke_cluster_nodes(cluster_of(server), YOKE_SECONDS(0.3), keep, &info), YOKE_OK);
    return info;
}

static void assert_all_is_well(yoke_server *server)
{
    yoke_job *job = submit(server, "trial", 0, 100);
    unsigned char bytes[16];
    uint64_t sum;
    cr_assert_eq(yoke_job_result(job, bytes, sizeof bytes), YOKE_OK, "%s", yoke_last_error());
    yoke_unpack_u64(bytes, &sum);
    cr_assert_eq(sum, 1060);
    yoke_job_release(job);
}

/* Notes the malformed jobs that were answered, by their own numbers, from 5000 up. */
static void read_answers(natsSubscription *answers, unsigned answered[MESSAGES])
{
    natsMsg *message;
    while (natsSubscription_NextMsg(&message, answers, 300) == NATS_OK) {
        struct wire_reader reader;
        struct wire_result result;
        char node[YOKE_CLUSTER_NAME_MAX + 1];
        size_t count = wire_results_open(&reader, node, natsMsg_GetData(message),
                                         (size_t)natsMsg_GetDataLength(message));
        cr_assert_gt(count, 0);
        for (size_t i = 0; i < count && wire_result_next(&reader, &result); i++) {
            uint64_t job = result.sequence - 5000;
            bool is_answer = strcmp(result.message, "the job is malformed") == 0;
            cr_assert(!is_answer || (job < MESSAGES && result.state == YOKE_STATE_FAILED));
            if (is_answer)
                answered[job]++;
        }
        natsMsg_Destroy(message);
    }
}

Test(fuzz, a_node_answers_and_counts_every_malformed_job, .init = start_cluster,
     .fini = end_cluster, .timeout = 120)
{
    start_node("node", (struct grief){0, 0});
    yoke_server *server = join("program");
    struct connection connection;
    open_stranger(&connection);
    static bool malformed[MESSAGES];
    static unsigned answered[MESSAGES];
    natsSubscription *answers;
    cr_assert_eq(natsConnection_SubscribeSync(&answers, connection.nats, RESULTS_SUBJECT "fuzz.*"),
                 NATS_OK);
    uint64_t state = 12, expected = 0;
    for (unsigned i = 0; i < MESSAGES; i++) {
        struct message message = write_jobs(&state);
        damage(&state, &message);
        struct wire_reader reader;
        char client[WIRE_CLIENT_SIZE], id[WIRE_ID_SIZE];
        malformed[i] = wire_jobs_open(&reader, client, message.bytes, message.size) == 0;
        expected += malformed[i];
        wire_id_write(id, "fuzz", 5000 + i);
        jsPubOptions options;
        jsPubOptions_Init(&options);
        options.MsgId = id;
        cr_assert_eq(js_Publish(NULL, connection.stream, KERNELS_SUBJECT "fail.1" JOBS_ANY,
                                message.bytes, (int)message.size, &options, NULL),
                     NATS_OK);
        natsConnection_Publish(connection.nats, CANCEL_SUBJECT, message.bytes, (int)message.size);
        natsConnection_Publish(connection.nats, NODES_SUBJECT, message.bytes, (int)message.size);
    }
    yoke_node_info info;
    do
        info = ask(server);
    while (info.taken < MESSAGES || info.active > 0);
    cr_assert_eq(info.malformed, expected, "%d of %d", (int)info.malformed, (int)expected);
    cr_assert(expected > MESSAGES / 4 && expected < MESSAGES, "%d", (int)expected);
    read_answers(answers, answered);
    for (unsigned i = 0; i < MESSAGES; i++)
        cr_assert_eq(answered[i], malformed[i], "job %u", i);
    natsSubscription_Destroy(answers);
    assert_all_is_well(server);
    connection_close(&connection);
    leave(server);
}

/* ---- a program ------------------------------------------------------------------------------- */

/* Reads the name that the hub knows the program by from a job of its. */
static void find_client(struct connection *connection, char client[WIRE_CLIENT_SIZE])
{
    natsMsg *message = NULL;
    const char *id;
    uint64_t sequence;
    while (js_GetLastMsg(&message, connection->stream, JOBS_STREAM,
                         KERNELS_SUBJECT "nobody-knows-it.1" JOBS_ANY, NULL, NULL) != NATS_OK)
        usleep(1000);
    cr_assert_eq(natsMsgHeader_Get(message, "Nats-Msg-Id", &id), NATS_OK);
    cr_assert(wire_id_read(id, client, &sequence));
    natsMsg_Destroy(message);
}

Test(fuzz, a_program_counts_every_malformed_message, .init = start_cluster, .fini = end_cluster,
     .timeout = 120)
{
    start_node("node", (struct grief){0, 0});
    yoke_server *server = join("program");
    struct connection connection;
    open_stranger(&connection);
    yoke_job *unknown = submit(server, "nobody-knows-it", 0, 1);
    char client[WIRE_CLIENT_SIZE], results[SUBJECT_SIZE], started[SUBJECT_SIZE];
    find_client(&connection, client);
    snprintf(results, sizeof results, RESULTS_SUBJECT "%s.999999", client);
    snprintf(started, sizeof started, STARTED_SUBJECT "%s", client);
    uint64_t state = 13, expected = 0;
    for (unsigned i = 0; i < MESSAGES; i++) {
        struct message message = write_results(&state);
        struct wire_reader reader;
        struct wire_started is_started;
        struct wire_progress is_progress;
        char node[YOKE_CLUSTER_NAME_MAX + 1];
        damage(&state, &message);
        expected += wire_results_open(&reader, node, message.bytes, message.size) == 0;
        cr_assert_eq(js_Publish(NULL, connection.stream, results, message.bytes, (int)message.size,
                                NULL, NULL),
                     NATS_OK);
        message = i % 2 ? write_started() : write_progress();
        damage(&state, &message);
        expected += !wire_started_read(&is_started, message.bytes, message.size) &&
                    !wire_progress_read(&is_progress, message.bytes, message.size);
        natsConnection_Publish(connection.nats, started, message.bytes, (int)message.size);
    }
    while (traffic_of(server).malformed < expected)
        usleep(10000);
    usleep(200000);
    cr_assert_eq(traffic_of(server).malformed, expected);
    assert_all_is_well(server);
    connection_close(&connection);
    yoke_job_release(unknown);
    leave(server);
}
