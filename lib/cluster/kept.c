#include "kept.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "claim.h"
#include "clock.h"
#include "keeping.h"
#include "reading.h"

/* How long one that leaves waits for the hub to do anything, in nanoseconds. */
#define LEAVE_WAIT ((int64_t)5 * 1000000000)

static void take_message(void *context, natsMsg *message)
{
    struct kept *kept = context;
    uint64_t place, number;
    natsMsg_Ack(message, NULL);
    if (reading_facts(message, &place, &number) && !atomic_load(&kept->replaced))
        reading_take(kept, message, place);
    else
        natsMsg_Destroy(message);
}

/* A node tells of jobs that it begins, or another program asks whether we live. */
static void take_started(void *context, natsMsg *message)
{
    struct kept *kept = context;
    const char *reply = natsMsg_GetReply(message);
    if (reply && natsMsg_GetDataLength(message) == 0)
        natsConnection_PublishString(kept->connection->nats, reply, kept->life);
    else
        ledger_take_news(kept->ledger, message);
    natsMsg_Destroy(message);
}

/* ---- there and back -------------------------------------------------------------------------- */

static yoke_status subscribe(struct kept *kept)
{
    char subject[SUBJECT_SIZE];
    snprintf(subject, sizeof subject, STARTED_SUBJECT "%s", kept->client);
    natsStatus status =
        natsConnection_SubscribeSync(&kept->started.subscription, kept->connection->nats, subject);
    snprintf(subject, sizeof subject, KEPT_SUBJECT "%s.>", kept->client);
    if (status == NATS_OK)
        status = connection_subscribe(kept->connection, &kept->messages.subscription, KEPT_STREAM,
                                      subject, kept->life);
    return status == NATS_OK ? YOKE_OK : connection_failed(status, "cannot ask for results");
}

yoke_status kept_open(struct kept **opened, struct connection *connection, struct ledger *ledger,
                      const char *life, yoke_duration timeout)
{
    struct kept *kept = calloc(1, sizeof *kept);
    if (!kept)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a durable program");
    *opened = kept;
    kept->connection = connection;
    kept->ledger = ledger;
    pthread_mutex_init(&kept->lock, NULL);
    clock_condition_open(&kept->changed);
    wire_kept_client_write(kept->client, connection->name);
    snprintf(kept->life, sizeof kept->life, "%s", life);
    kept->messages.handle = take_message;
    kept->started.handle = take_started;
    kept->messages.context = kept->started.context = kept;
    yoke_status status = keeping_open(kept);
    if (status == YOKE_OK)
        status = claim_ask(kept, timeout);
    if (status == YOKE_OK)
        status = subscribe(kept);
    return status == YOKE_OK ? claim_load(kept) : status;
}

yoke_status kept_listen(struct kept *kept)
{
    yoke_status status = listener_start(&kept->messages);
    return status == YOKE_OK ? listener_start(&kept->started) : status;
}

bool kept_look(struct kept *kept, bool emptied)
{
    if (atomic_load(&kept->replaced))
        return true;
    char subject[SUBJECT_SIZE];
    natsMsg *found = NULL;
    claim_subject(subject, kept);
    natsStatus status =
        js_GetLastMsg(&found, kept->connection->stream, KEPT_STREAM, subject, NULL, NULL);
    bool ours = status == NATS_OK && reading_says_that_we_own_it(kept, found);
    natsMsg_Destroy(found);
    if (status != NATS_OK && status != NATS_NOT_FOUND)
        return false;
    if (!ours && emptied)
        return claim_say(kept) == YOKE_OK;
    if (!ours)
        reading_note_replaced(kept);
    return true;
}

/* It is hopeless when nothing is done for long. */
static void await_pending(struct kept *kept)
{
    natsConnection *nats = kept->connection->nats;
    pthread_mutex_lock(&kept->lock);
    while (kept->pending && natsConnection_Status(nats) == NATS_CONN_STATUS_CONNECTED &&
           clock_wait(&kept->changed, &kept->lock, clock_now() + LEAVE_WAIT))
        ;
    pthread_mutex_unlock(&kept->lock);
}

void kept_leave(struct kept *kept)
{
    bool connected = natsConnection_Status(kept->connection->nats) == NATS_CONN_STATUS_CONNECTED;
    uint64_t owner = atomic_load(&kept->owner);
    if (connected && kept->outbox && owner) {
        await_pending(kept);
        keeping_remove(kept, owner, 0);
        await_pending(kept);
    }
    if (connected && kept->messages.subscription)
        js_DeleteConsumer(kept->connection->stream, KEPT_STREAM, kept->life, NULL, NULL);
}

void kept_close(struct kept *kept)
{
    if (!kept)
        return;
    listener_stop(&kept->messages);
    listener_stop(&kept->started);
    outbox_close(kept->outbox); /* which they post to */
    pthread_cond_destroy(&kept->changed);
    pthread_mutex_destroy(&kept->lock);
    free(kept);
}
