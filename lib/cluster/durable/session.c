/* Opens and leaves the session of a durable program, and listens to it. How nothing is lost or
 * counted twice: see session.h. */
#include "session.h"
#include "cluster/ledger/updates.h"
#include "cluster/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/transport/clock.h"
#include "lease.h"
#include "reading.h"
#include "store.h"

static void take_message(void *context, natsMsg *message)
{
    struct session *session = context;
    uint64_t position, number;
    /* Before it is read, and without harm: the stream keeps messages until they are removed, and
     * the next program of the name reads them all from the first. */
    natsMsg_Ack(message, NULL);
    if (reading_facts(message, &position, &number) && !atomic_load(&session->replaced))
        reading_take(session, message, position);
    else
        natsMsg_Destroy(message);
}

/* A node tells of jobs that it begins, or another program asks whether we live. */
static void take_started(void *context, natsMsg *message)
{
    struct session *session = context;
    const char *reply = natsMsg_GetReply(message);
    if (reply && natsMsg_GetDataLength(message) == 0)
        natsConnection_PublishString(session->connection->nats, reply, session->life);
    else
        updates_take(session->ledger, message);
    natsMsg_Destroy(message);
}

/* ---- there and back -------------------------------------------------------------------------- */

static yoke_status subscribe(struct session *session)
{
    char subject[SUBJECT_SIZE];
    snprintf(subject, sizeof subject, STARTED_SUBJECT "%s", session->client);
    natsStatus status = natsConnection_SubscribeSync(&session->started.subscription,
                                                     session->connection->nats, subject);
    snprintf(subject, sizeof subject, SESSION_SUBJECT "%s.>", session->client);
    if (status == NATS_OK)
        status = connection_subscribe(session->connection, &session->messages.subscription,
                                      SESSION_STREAM, subject, session->life);
    return status == NATS_OK ? YOKE_OK : connection_failed(status, "cannot ask for results");
}

/* When the stream was created, and its last position; false when the hub does not say. */
static bool find_stream(const struct session *session, int64_t *created, uint64_t *last)
{
    jsStreamInfo *info = NULL;
    if (js_GetStreamInfo(&info, session->connection->stream, SESSION_STREAM, NULL, NULL) != NATS_OK)
        return false;
    *created = info->Created;
    *last = info->State.LastSeq;
    jsStreamInfo_Destroy(info);
    return true;
}

yoke_status session_open(struct session **opened, struct connection *connection,
                         struct ledger *ledger, const char *life, yoke_duration timeout)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for a durable program");
    *opened = session;
    session->connection = connection;
    session->ledger = ledger;
    pthread_mutex_init(&session->lock, NULL);
    clock_condition_open(&session->changed);
    wire_session_client_write(session->client, connection->name);
    snprintf(session->life, sizeof session->life, "%s", life);
    session->messages.handle = take_message;
    session->started.handle = take_started;
    session->messages.context = session->started.context = session;
    /* In this order: what is read has messages removed, which go by the outbox; and the name is
     * asked for while we do not listen to that subject ourselves, or the hub could not say that
     * nobody does. */
    yoke_status status = store_open(session);
    if (status == YOKE_OK)
        status = lease_ask(session, timeout);
    if (status == YOKE_OK)
        status = subscribe(session);
    if (status == YOKE_OK)
        status = lease_load(session);
    uint64_t last;
    if (status == YOKE_OK && !find_stream(session, &session->created, &last))
        status = yoke_error_set(YOKE_SYSTEM, "the hub does not tell what it keeps: try again");
    return status;
}

yoke_status session_listen(struct session *session)
{
    yoke_status status = listener_start(&session->messages);
    return status == YOKE_OK ? listener_start(&session->started) : status;
}

/* The latest word about the name; NULL: there is none. False when the hub does not say. */
static bool find_word(const struct session *session, natsMsg **word)
{
    char subject[SUBJECT_SIZE];
    lease_subject(subject, session);
    natsStatus status =
        js_GetLastMsg(word, session->connection->stream, SESSION_STREAM, subject, NULL, NULL);
    return status == NATS_OK || status == NATS_NOT_FOUND;
}

/* Whether the hub may have dropped our word because of its age, by clocks that differ. */
static bool may_have_expired(const struct session *session)
{
    return clock_date() - atomic_load(&session->said) > SESSION_AGE - EXPIRY_MARGIN;
}

bool session_look(struct session *session)
{
    int64_t created;
    uint64_t last;
    natsMsg *word = NULL;
    if (atomic_load(&session->replaced))
        return true;
    if (!find_stream(session, &created, &last) || !find_word(session, &word))
        return false;
    bool lost = created != session->created || last < atomic_load(&session->owner);
    bool ours = word && reading_says_that_we_own_it(session, word), said = true;
    bool expired = !word && may_have_expired(session);
    if (ours) /* said before, where the answer did not reach us */
        atomic_store(&session->owner, natsMsg_GetSequence(word));
    else if (lost || expired) /* what else was lost follows with the jobs that are sent again */
        said = lease_say(session) == YOKE_OK;
    else
        reading_note_replaced(session);
    natsMsg_Destroy(word);
    if (said)
        session->created = created;
    return said;
}

/* It is hopeless when nothing is done for long. */
static void await_pending(struct session *session)
{
    natsConnection *nats = session->connection->nats;
    pthread_mutex_lock(&session->lock);
    while (session->pending && natsConnection_Status(nats) == NATS_CONN_STATUS_CONNECTED &&
           clock_wait(&session->changed, &session->lock, clock_now() + SESSION_LEAVE_WAIT))
        ;
    pthread_mutex_unlock(&session->lock);
}

void session_leave(struct session *session)
{
    bool connected = natsConnection_Status(session->connection->nats) == NATS_CONN_STATUS_CONNECTED;
    uint64_t owner = atomic_load(&session->owner);
    if (connected && session->outbox && owner) {
        await_pending(session);
        /* If this gets lost, the next program removes it. */
        store_remove(session, owner, 0);
        await_pending(session);
    }
    if (connected && session->messages.subscription)
        js_DeleteConsumer(session->connection->stream, SESSION_STREAM, session->life, NULL, NULL);
}

void session_close(struct session *session)
{
    if (!session)
        return;
    listener_stop(&session->messages);
    listener_stop(&session->started);
    outbox_close(session->outbox); /* which they post to */
    pthread_cond_destroy(&session->changed);
    pthread_mutex_destroy(&session->lock);
    free(session);
}
