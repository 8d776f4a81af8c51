/* Puts blobs at the hub in chunks, fetches them and has them forgotten: see blobs.h. */
#include "blobs.h"
#include "cluster/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cluster/client/cluster.h"
#include "cluster/ledger/ledger.h"

/* In a message: any hub lets it through, and the round trips do not count beside the bytes. */
#define CHUNK_SIZE ((size_t)512 << 10)

/* ---- names ----------------------------------------------------------------------------------- */

void blobs_name(char name[BLOB_NAME_SIZE], const yoke_blob_id *id)
{
    for (int i = 0; i < SHA256_SIZE; i++)
        snprintf(name + (size_t)2 * (size_t)i, 3, "%02x", id->bytes[i]);
}

uint64_t blobs_size(const yoke_blob_id *id)
{
    uint64_t size;
    yoke_unpack_u64(id->bytes + SHA256_SIZE, &size);
    return size;
}

static void name_part(char subject[SUBJECT_SIZE], const yoke_blob_id *id, const char *part)
{
    char name[BLOB_NAME_SIZE];
    blobs_name(name, id);
    snprintf(subject, SUBJECT_SIZE, BLOBS_SUBJECT "%s.%s", name, part);
}

static void name_chunk(char subject[SUBJECT_SIZE], const yoke_blob_id *id, size_t number)
{
    char part[24];
    snprintf(part, sizeof part, "%zu", number);
    name_part(subject, id, part);
}

/* ---- putting them there ---------------------------------------------------------------------- */

/* The last message of a blob is this one, with nothing in it. */
#define END "end"

/* Whether the blob is there, and will be for a while: else it is put there anew. One whose sender
 * died halfway has no end. */
static bool is_there(struct connection *connection, const yoke_blob_id *id)
{
    char subject[SUBJECT_SIZE];
    name_part(subject, id, END);
    natsMsg *end = NULL;
    bool found =
        js_GetLastMsg(&end, connection->stream, BLOBS_STREAM, subject, NULL, NULL) == NATS_OK &&
        nats_Now() * 1000000 - natsMsg_GetTime(end) < BLOBS_AGE / 2;
    natsMsg_Destroy(end);
    return found;
}

static natsStatus send_chunks(struct connection *connection, const yoke_blob_id *id,
                              const unsigned char *bytes, size_t size)
{
    natsStatus status = NATS_OK;
    char subject[SUBJECT_SIZE];
    for (size_t at = 0; status == NATS_OK && at < size; at += CHUNK_SIZE) {
        size_t length = size - at < CHUNK_SIZE ? size - at : CHUNK_SIZE;
        name_chunk(subject, id, at / CHUNK_SIZE);
        status = js_Publish(NULL, connection->stream, subject, bytes + at, (int)length, NULL, NULL);
    }
    name_part(subject, id, END);
    return status == NATS_OK ? js_Publish(NULL, connection->stream, subject, NULL, 0, NULL, NULL)
                             : status;
}

yoke_status yoke_cluster_put(yoke_cluster *cluster, const void *bytes, size_t size,
                             yoke_blob_id *id)
{
    if (!bytes || !size || !id)
        return yoke_error_set(YOKE_INVALID, "a blob needs bytes, at least one, and a id");
    struct connection *connection = &cluster->connection;
    sha256_of(id->bytes, bytes, size);
    yoke_pack_u64(id->bytes + SHA256_SIZE, size);
    natsStatus status = connection_prepare_blobs(connection);
    if (status == NATS_OK && !is_there(connection, id))
        status = send_chunks(connection, id, bytes, size);
    return status == NATS_OK ? YOKE_OK : connection_failed(status, "the hub does not keep a blob");
}

yoke_status yoke_cluster_forget(yoke_cluster *cluster, const yoke_blob_id *id)
{
    if (!id)
        return yoke_error_set(YOKE_INVALID, "id is NULL; pass that of yoke_cluster_put()");
    char subject[SUBJECT_SIZE];
    name_part(subject, id, "*");
    jsOptions options;
    jsOptions_Init(&options);
    options.Stream.Purge.Subject = subject;
    natsStatus status = js_PurgeStream(cluster->connection.stream, BLOBS_STREAM, &options, NULL);
    return status == NATS_OK || status == NATS_NOT_FOUND
               ? YOKE_OK
               : connection_failed(status, "the hub does not forget a blob");
}

/* ---- fetching them --------------------------------------------------------------------------- */

static yoke_status refuse(const yoke_blob_id *id, const char *why)
{
    char name[BLOB_NAME_SIZE];
    blobs_name(name, id);
    return yoke_error_set(YOKE_SYSTEM, "blob %.16s... of %" PRIu64 " bytes %s", name,
                          blobs_size(id), why);
}

/* Of several hubs any one answers, also one that has not heard of the chunk yet: then the one that
 * leads the others decides. */
static natsStatus get_chunk(natsMsg **chunk, struct connection *connection, const char *subject)
{
    jsDirectGetMsgOptions options;
    jsDirectGetMsgOptions_Init(&options);
    options.LastBySubject = subject;
    natsStatus status = js_DirectGetMsg(chunk, connection->stream, BLOBS_STREAM, NULL, &options);
    if (status != NATS_NOT_FOUND)
        return status;
    return js_GetLastMsg(chunk, connection->stream, BLOBS_STREAM, subject, NULL, NULL);
}

static natsStatus await_chunk(natsMsg **chunk, struct connection *connection, const char *subject,
                              bool (*leaves)(void *context), void *context)
{
    natsStatus status = NATS_TIMEOUT;
    while (!leaves(context)) {
        if (natsConnection_Status(connection->nats) == NATS_CONN_STATUS_CONNECTED)
            status = get_chunk(chunk, connection, subject);
        if (status == NATS_OK || status == NATS_NOT_FOUND)
            return status;
        nats_Sleep(LIMIT_MILLISECONDS(CHUNK_RETRY_WAIT));
        connection_prepare_blobs(connection);
    }
    return NATS_TIMEOUT;
}

yoke_status blobs_fetch(struct connection *connection, const yoke_blob_id *id, unsigned char *bytes,
                        bool (*leaves)(void *context), void *context)
{
    size_t size = (size_t)blobs_size(id);
    /* Of a stream that is not there the hub does not say so. */
    connection_prepare_blobs(connection);
    for (size_t at = 0; at < size; at += CHUNK_SIZE) {
        size_t length = size - at < CHUNK_SIZE ? size - at : CHUNK_SIZE;
        char subject[SUBJECT_SIZE];
        natsMsg *chunk = NULL;
        name_chunk(subject, id, at / CHUNK_SIZE);
        natsStatus status = await_chunk(&chunk, connection, subject, leaves, context);
        bool fits = status == NATS_OK && (size_t)natsMsg_GetDataLength(chunk) == length;
        if (fits)
            memcpy(bytes + at, natsMsg_GetData(chunk), length);
        natsMsg_Destroy(chunk);
        if (status == NATS_NOT_FOUND)
            return refuse(id, "is not at the hub: it was never put there, or forgotten, or "
                              "it is too old; put it there again");
        if (status != NATS_OK)
            return yoke_error_set(YOKE_CANCELLED, "the job is to leave while it waits for a blob");
        if (!fits)
            return refuse(id, "is damaged at the hub: have it forgotten and put it again");
    }
    unsigned char digest[SHA256_SIZE];
    sha256_of(digest, bytes, size);
    return memcmp(digest, id->bytes, SHA256_SIZE) == 0
               ? YOKE_OK
               : refuse(id, "is damaged at the hub: have it forgotten and put it again");
}
