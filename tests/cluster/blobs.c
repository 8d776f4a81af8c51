/* Large blobs of bytes: put at the hub once, fetched by each node once, and kept within bounds. */
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster/blobs/blobs.h"
#include "with_cluster.h"

enum { MIB = 1 << 20, CHUNK = 512 << 10 };

/* ---- the digest ------------------------------------------------------------------------------ */

static void assert_digest(const char *bytes, size_t size, const char *expected)
{
    yoke_blob_id id;
    char name[BLOB_NAME_SIZE];
    sha256_of(id.bytes, bytes, size);
    blobs_name(name, &id);
    cr_assert_str_eq(name, expected);
}

/* Of FIPS 180-4's examples. */
Test(digest, it_is_sha_256, .timeout = 20)
{
    static char million[1000000];
    memset(million, 'a', sizeof million);
    assert_digest("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_digest("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_digest(million, sizeof million,
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* ---- blobs ---------------------------------------------------------------------------------- */

static unsigned char *make_block(size_t size, unsigned seed, uint64_t *sum)
{
    unsigned char *bytes = malloc(size);
    *sum = 0;
    for (size_t i = 0; i < size; i++)
        *sum += bytes[i] = (unsigned char)((i * 2654435761u + seed) >> 13);
    return bytes;
}

static yoke_blob_id put(yoke_server *server, size_t size, unsigned seed, uint64_t *sum)
{
    unsigned char *bytes = make_block(size, seed, sum);
    yoke_blob_id id;
    cr_assert_eq(yoke_cluster_put(cluster_of(server), bytes, size, &id), YOKE_OK, "%s",
                 yoke_last_error());
    free(bytes);
    return id;
}

static yoke_job *submit_blobs(yoke_server *server, const char *node, const yoke_blob_id *ids,
                              size_t count, uint64_t wait)
{
    unsigned char argument[4 * sizeof(yoke_blob_id) + 8];
    memcpy(argument, ids, count * sizeof *ids);
    yoke_pack_u64(argument + count * sizeof *ids, wait);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel_name = "block";
    task.kernel_version = 1;
    task.argument = argument;
    task.argument_size = count * sizeof *ids + 8;
    task.result_size = 8;
    task.node = node;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

static void assert_sum(yoke_job *job, uint64_t expected)
{
    unsigned char bytes[8];
    uint64_t sum;
    cr_assert_eq(yoke_job_result(job, bytes, sizeof bytes), YOKE_OK, "%s", yoke_last_error());
    yoke_unpack_u64(bytes, &sum);
    cr_assert_eq(sum, expected);
    yoke_job_release(job);
}

static void assert_fails(yoke_job *job, yoke_status status, const char *message)
{
    cr_assert_eq(yoke_job_wait(job, YOKE_SECONDS(40)), YOKE_OK);
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_FAILED);
    cr_assert_eq(yoke_job_status(job), status);
    cr_assert(strstr(yoke_job_message(job), message), "\"%s\"", yoke_job_message(job));
    yoke_job_release(job);
}

static yoke_node *open_node(const char *name, unsigned workers, size_t cache)
{
    yoke_cluster_options options = cluster_options(name);
    options.workers = workers;
    options.silence = SILENCE;
    options.cache = cache;
    yoke_node *node;
    cr_assert_eq(yoke_kernel_register("block", 1, sum_blocks), YOKE_OK);
    cr_assert_eq(yoke_node_open(&options, &node), YOKE_OK, "%s", yoke_last_error());
    return node;
}

static yoke_node_statistics look_at(yoke_node *node)
{
    yoke_node_statistics now = {.size = sizeof now};
    cr_assert_eq(yoke_node_get_statistics(node, &now), YOKE_OK);
    return now;
}

static void open_stranger(struct connection *connection)
{
    yoke_cluster_options options = cluster_options("stranger");
    cr_assert_eq(connection_open(connection, &options), YOKE_OK, "%s", yoke_last_error());
}

TestSuite(blobs, .init = start_cluster, .fini = end_cluster, .timeout = 180);

static void count_chunk(natsConnection *nats, natsSubscription *subscription, natsMsg *message,
                        void *context)
{
    (void)nats, (void)subscription;
    if (natsMsg_GetDataLength(message) >= CHUNK)
        atomic_fetch_add((atomic_int *)context, 1);
    natsMsg_Destroy(message);
}

/* What the hub answers to anybody goes by here. */
Test(blobs, each_node_fetches_one_once)
{
    enum { SIZE = 64 * MIB, JOBS = 50 };
    yoke_node *nodes[2] = {open_node("one", 1, 0), open_node("other", 1, 0)};
    yoke_server *server = join("program");
    uint64_t sum;
    yoke_blob_id id = put(server, SIZE, 1, &sum);
    struct connection tap;
    natsSubscription *chunks;
    atomic_int passed = 0;
    open_stranger(&tap);
    cr_assert_eq(natsConnection_Subscribe(&chunks, tap.nats, "_INBOX.>", count_chunk, &passed),
                 NATS_OK);
    cr_assert_eq(natsSubscription_SetPendingLimits(chunks, -1, -1), NATS_OK);
    cr_assert_eq(natsConnection_Flush(tap.nats), NATS_OK);
    yoke_job *jobs[JOBS];
    for (int i = 0; i < JOBS; i++)
        jobs[i] = submit_blobs(server, i < 2 ? i ? "one" : "other" : NULL, &id, 1, 0);
    for (int i = 0; i < JOBS; i++)
        assert_sum(jobs[i], sum);
    cr_assert_eq(natsConnection_Flush(tap.nats), NATS_OK);
    for (int i = 0; i < 100 && atomic_load(&passed) < 2 * SIZE / CHUNK; i++)
        usleep(100000);
    cr_assert_eq(atomic_load(&passed), 2 * SIZE / CHUNK, "%d chunks", atomic_load(&passed));
    for (int i = 0; i < 2; i++) {
        yoke_node_statistics now = look_at(nodes[i]);
        cr_assert(now.blobs == 1 && now.blob_bytes == SIZE && now.cached == SIZE);
        yoke_node_release(nodes[i]);
    }
    natsSubscription_Destroy(chunks);
    connection_close(&tap);
    leave(server);
}

/* Of a blob that is there no chunk is sent. */
Test(blobs, what_is_at_the_hub_is_not_put_again)
{
    yoke_server *server = join("program");
    struct connection connection;
    open_stranger(&connection);
    uint64_t places[3], sum;
    for (int i = 0; i < 3; i++) {
        yoke_blob_id id = put(server, 3 * CHUNK + 1, 5, &sum);
        jsStreamInfo *info = NULL;
        cr_assert_eq(js_GetStreamInfo(&info, connection.stream, BLOBS_STREAM, NULL, NULL), NATS_OK);
        places[i] = info->State.LastSeq;
        cr_assert_eq(info->State.Msgs, 6, "an anchor, four chunks and an end");
        jsStreamInfo_Destroy(info);
        if (i == 1)
            cr_assert_eq(yoke_cluster_forget(cluster_of(server), &id), YOKE_OK);
    }
    cr_assert(places[0] == places[1] && places[2] == places[0] + 5);
    connection_close(&connection);
    leave(server);
}

/* Changes the last byte of a chunk at the hub, or leaves it out. */
static void damage(struct connection *connection, const yoke_blob_id *id, bool shorter)
{
    char name[BLOB_NAME_SIZE], subject[SUBJECT_SIZE];
    blobs_name(name, id);
    snprintf(subject, sizeof subject, BLOBS_SUBJECT "%s.1", name);
    natsMsg *chunk;
    cr_assert_eq(js_GetLastMsg(&chunk, connection->stream, BLOBS_STREAM, subject, NULL, NULL),
                 NATS_OK);
    int size = natsMsg_GetDataLength(chunk);
    char *bytes = malloc((size_t)size);
    memcpy(bytes, natsMsg_GetData(chunk), (size_t)size);
    natsMsg_Destroy(chunk);
    bytes[size - 1] ^= 1;
    cr_assert_eq(js_Publish(NULL, connection->stream, subject, bytes, size - shorter, NULL, NULL),
                 NATS_OK);
    free(bytes);
}

Test(blobs, those_that_are_missing_or_damaged_fail_their_jobs)
{
    yoke_node *node = open_node("node", 1, 0);
    yoke_server *server = join("program");
    struct connection connection;
    open_stranger(&connection);
    uint64_t sum;
    yoke_blob_id id = {{1}};
    cr_assert_eq(yoke_cluster_forget(cluster_of(server), &id), YOKE_OK, "%s", yoke_last_error());
    assert_fails(submit_blobs(server, NULL, &id, 1, 0), YOKE_INVALID, "not the id");
    yoke_pack_u64(id.bytes + SHA256_SIZE, 3);
    assert_fails(submit_blobs(server, NULL, &id, 1, 0), YOKE_SYSTEM,
                 "blob 0100000000000000... of 3 bytes is not at the hub");
    id = put(server, 2 * CHUNK, 2, &sum);
    for (int shorter = 0; shorter < 2; shorter++) {
        damage(&connection, &id, shorter);
        assert_fails(submit_blobs(server, NULL, &id, 1, 0), YOKE_SYSTEM, "is damaged at the hub");
        cr_assert_eq(yoke_cluster_forget(cluster_of(server), &id), YOKE_OK);
        assert_fails(submit_blobs(server, NULL, &id, 1, 0), YOKE_SYSTEM, "is not at the hub");
        cr_assert_eq(look_at(node).cached, 0);
        put(server, 2 * CHUNK, 2, &sum);
    }
    assert_sum(submit_blobs(server, NULL, &id, 1, 0), sum);
    cr_assert_eq(yoke_cluster_forget(cluster_of(server), &id), YOKE_OK);
    assert_sum(submit_blobs(server, NULL, &id, 1, 0), sum); /* the node has it */
    cr_assert_eq(yoke_cluster_put(cluster_of(server), NULL, 1, &id), YOKE_INVALID);
    cr_assert_eq(yoke_cluster_put(cluster_of(server), "x", 0, &id), YOKE_INVALID);
    connection_close(&connection);
    leave(server);
    yoke_node_release(node);
}

Test(blobs, the_cache_keeps_its_bound_and_what_was_used_last)
{
    yoke_node *node = open_node("node", 1, 3 * MIB);
    yoke_server *server = join("program");
    yoke_blob_id blobs[4];
    uint64_t sums[4];
    for (unsigned i = 0; i < 4; i++)
        blobs[i] = put(server, MIB, i, &sums[i]);
    static const struct {
        unsigned blob, fetched;
    } steps[] = {{0, 1}, {1, 2}, {2, 3}, {0, 3}, {3, 4}, {0, 4}, {2, 4}, {1, 5}, {3, 6}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        assert_sum(submit_blobs(server, NULL, &blobs[steps[i].blob], 1, 0), sums[steps[i].blob]);
        yoke_node_statistics now = look_at(node);
        cr_assert_eq(now.blobs, steps[i].fetched, "step %zu: %d", i, (int)now.blobs);
        cr_assert_leq(now.cached, 3 * MIB);
    }
    uint64_t sum;
    yoke_blob_id large = put(server, 3 * MIB + 1, 9, &sum);
    assert_fails(submit_blobs(server, NULL, &large, 1, 0), YOKE_INVALID, "does not fit");
    assert_fails(submit_blobs(server, NULL, blobs, 4, 0), YOKE_NO_MEMORY, "full of blobs");
    assert_sum(submit_blobs(server, NULL, blobs, 3, 0), sums[0] + sums[1] + sums[2]);
    leave(server);
    yoke_node_release(node);
}

Test(blobs, those_in_use_stay_and_others_wait_for_room)
{
    yoke_node *node = open_node("node", 2, 3 * MIB);
    yoke_server *server = join("program");
    yoke_blob_id blobs[4];
    uint64_t sums[4];
    for (unsigned i = 0; i < 4; i++)
        blobs[i] = put(server, MIB, i, &sums[i]);
    yoke_job *holder = submit_blobs(server, NULL, blobs, 3, 700);
    while (look_at(node).cached < 3 * MIB)
        usleep(1000);
    yoke_job *waiter = submit_blobs(server, NULL, &blobs[3], 1, 0);
    while (yoke_job_state(waiter) < YOKE_STATE_DONE) {
        yoke_node_statistics now = look_at(node);
        cr_assert_leq(now.cached, 3 * MIB);
        cr_assert(now.blobs == 3 || yoke_job_state(holder) != YOKE_STATE_QUEUED);
        usleep(1000);
    }
    cr_assert_eq(yoke_job_wait(holder, YOKE_SECONDS(20)), YOKE_OK);
    assert_sum(waiter, sums[3]);
    assert_sum(holder, sums[0] + sums[1] + sums[2]);
    leave(server);
    yoke_node_release(node);
}

/* ---- on the workers of a program's own server ------------------------------------------------ */

static yoke_job *submit_here(yoke_server *server, const yoke_blob_id *id)
{
    unsigned char argument[sizeof *id + 8];
    memcpy(argument, id, sizeof *id);
    yoke_pack_u64(argument + sizeof *id, 0);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = sum_blocks;
    task.argument = argument;
    task.argument_size = sizeof argument;
    task.result_size = 8;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

static void assert_sum_here(yoke_job *job, uint64_t expected)
{
    unsigned char bytes[8];
    uint64_t sum;
    cr_assert_eq(yoke_job_result(job, bytes, sizeof bytes), YOKE_OK, "%s", yoke_last_error());
    yoke_unpack_u64(bytes, &sum);
    cr_assert_eq(sum, expected);
    yoke_job_release(job);
}

Test(blobs, local_workers_wait_for_the_hub_to_come_back)
{
    yoke_server *server = join_as(cluster_options("program"), 2);
    uint64_t sum;
    yoke_blob_id id = put(server, 3 * CHUNK, 1, &sum), other = {{1, 2, 3}};
    yoke_pack_u64(other.bytes + SHA256_SIZE, 100);
    kill_hub();
    while (yoke_cluster_put(cluster_of(server), "x", 1, &other) == YOKE_OK)
        usleep(1000);
    yoke_job *job = submit_here(server, &id), *cancelled = submit_here(server, &other);
    cr_assert_eq(yoke_job_wait(job, YOKE_SECONDS(0.3)), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_job_cancel(cancelled), YOKE_OK);
    cr_assert_eq(yoke_job_wait(cancelled, YOKE_SECONDS(20)), YOKE_OK);
    cr_assert_eq(yoke_job_state(cancelled), YOKE_STATE_CANCELLED);
    yoke_job_release(cancelled);
    start_hub();
    assert_sum_here(job, sum);
    assert_sum_here(submit_here(server, &id), sum);
    leave(server);
}

Test(blobs, a_server_without_a_cluster_has_none)
{
    yoke_blob_id id = {{1}};
    yoke_server *server;
    cr_assert_eq(yoke_server_open(NULL, &server), YOKE_OK);
    yoke_job *job = submit_here(server, &id);
    cr_assert_eq(yoke_job_wait(job, YOKE_SECONDS(20)), YOKE_OK);
    cr_assert_str_eq(yoke_job_message(job), "the kernel's server belongs to no cluster");
    yoke_job_release(job);
    yoke_server_release(server);
}
