/* Taking the name of a durable program, and what an earlier program has left under it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/ledger/ledger_keys.h"
#include "cluster/limits.h"
#include "cluster/transport/clock.h"
#include "lease.h"
#include "reading.h"
#include "store.h"

/* ---- taking the name ------------------------------------------------------------------------- */

void lease_subject(char subject[SUBJECT_SIZE], const struct session *session)
{
    snprintf(subject, SUBJECT_SIZE, SESSION_SUBJECT "%s.owner", session->client);
}

/* A program that has just died may seem to be there for a moment. */
yoke_status lease_ask(struct session *session, yoke_duration timeout)
{
    char subject[SUBJECT_SIZE];
    snprintf(subject, sizeof subject, STARTED_SUBJECT "%s", session->client);
    int64_t end = clock_now() + (timeout ? timeout : LEASE_WAIT);
    natsStatus status;
    do {
        natsMsg *answer = NULL;
        status = natsConnection_RequestString(&answer, session->connection->nats, subject, "",
                                              LIMIT_MILLISECONDS(OWNER_WAIT));
        natsMsg_Destroy(answer);
    } while (status == NATS_TIMEOUT && clock_now() < end);
    /* The hub says that nobody listens. Only then the name is free: a program that is silent may
     * be stopped, and go on later. */
    if (status == NATS_NO_RESPONDERS)
        return YOKE_OK;
    if (status != NATS_OK && status != NATS_TIMEOUT)
        return connection_failed(status, "cannot ask whether the name is free");
    return yoke_error_set(YOKE_SYSTEM,
                          "another program runs under the name \"%s\"%s: end it, or choose another "
                          "name",
                          session->connection->name,
                          status == NATS_OK ? "" : ", though it does not answer");
}

yoke_status lease_say(struct session *session)
{
    char subject[SUBJECT_SIZE];
    jsPubAck *answer = NULL;
    lease_subject(subject, session);
    natsStatus status = js_Publish(&answer, session->connection->stream, subject, session->life,
                                   (int)strlen(session->life), NULL, NULL);
    if (status == NATS_OK) {
        atomic_store(&session->owner, answer->Sequence);
        atomic_store(&session->said, clock_date());
    }
    jsPubAck_Destroy(answer);
    return status == NATS_OK ? YOKE_OK : connection_failed(status, "cannot take the name");
}

/* ---- what an earlier program has left -------------------------------------------------------- */

struct list {
    struct session *session;
    uint64_t *sequences; /* in order */
    size_t count;
};

static int compare(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* The jobs that wait or run. */
static yoke_status list_jobs(struct list *list)
{
    char filter[SUBJECT_SIZE];
    snprintf(filter, sizeof filter, JOBS_SUBJECT "*.*" JOBS_ANY ".%s.*", list->session->client);
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = LIMIT_MILLISECONDS(LIST_WAIT);
    options.Stream.Info.SubjectsFilter = filter;
    jsStreamInfo *info = NULL;
    natsStatus status =
        js_GetStreamInfo(&info, list->session->connection->stream, JOBS_STREAM, &options, NULL);
    if (status != NATS_OK)
        return connection_failed(status, "cannot ask for the jobs that wait");
    const jsStreamStateSubjects *found = info->State.Subjects;
    size_t count = found ? (size_t)found->Count : 0;
    list->sequences = calloc(count + 1, sizeof *list->sequences);
    for (size_t i = 0; list->sequences && i < count; i++)
        list->sequences[list->count++] =
            strtoull(strrchr(found->List[i].Subject, '.') + 1, NULL, 10);
    jsStreamInfo_Destroy(info);
    if (!list->sequences)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for the jobs that wait");
    qsort(list->sequences, list->count, sizeof *list->sequences, compare);
    return YOKE_OK;
}

/* Everything up to our own word: each message once, and none left out. */
static yoke_status read_all(struct session *session)
{
    uint64_t position = 0, number = 0;
    for (uint64_t expected = 1; position != atomic_load(&session->owner); expected++) {
        natsMsg *message;
        natsStatus status = natsSubscription_NextMsg(&message, session->messages.subscription,
                                                     LIMIT_MILLISECONDS(READ_WAIT));
        if (status != NATS_OK)
            return connection_failed(status, "cannot read what an earlier program has left");
        bool good = reading_facts(message, &position, &number) && number == expected;
        natsMsg_Ack(message, NULL);
        if (good)
            reading_take(session, message, position);
        else
            natsMsg_Destroy(message);
        if (!good)
            return yoke_error_set(YOKE_SYSTEM, "the connection to the hub broke while reading what "
                                               "an earlier program has left: try again");
    }
    return YOKE_OK;
}

/* Whether the stream has something of that subject, as far as the hub tells. */
static bool is_there(const struct session *session, const char *stream, const char *subject)
{
    natsMsg *found = NULL;
    natsStatus status =
        js_GetLastMsg(&found, session->connection->stream, stream, subject, NULL, NULL);
    natsMsg_Destroy(found);
    return status != NATS_NOT_FOUND;
}

/* The list may lack a job while others are taken out of the stream; so each that seems to be
 * neither there nor ended is asked for by itself, and in this order: a job is taken out once its
 * result is there. */
static bool is_at_hub(const struct session *session, const struct ledger_job *job)
{
    char id[WIRE_ID_SIZE], subject[SUBJECT_SIZE];
    wire_id_write(id, session->client, job->wire.sequence);
    snprintf(subject, sizeof subject, JOBS_SUBJECT "%s" JOBS_ANY ".%s", job->estimate->channel, id);
    if (is_there(session, JOBS_STREAM, subject))
        return true;
    snprintf(subject, sizeof subject, SESSION_SUBJECT "%s", id);
    return is_there(session, SESSION_STREAM, subject);
}

/* Neither waiting nor ended: it was never sent. */
static void forget_unsent(void *context, struct ledger_job *job)
{
    const struct list *list = context;
    struct ledger *ledger = list->session->ledger;
    uint64_t entry = 0;
    /* No lock is needed for this: no listener runs yet, so no job can end. */
    bool listed = bsearch(&job->wire.sequence, list->sequences, list->count,
                          sizeof *list->sequences, compare);
    bool unsent = !listed && job->active && !is_at_hub(list->session, job);
    pthread_mutex_lock(&ledger->lock);
    if (unsent) {
        entry = job->key->entry;
        ledger_forget(ledger, job);
    }
    pthread_mutex_unlock(&ledger->lock);
    if (entry)
        store_remove(list->session, entry, 0);
    ledger_drop(ledger, job);
}

/* The list comes first: a job that ends after that is in both. */
yoke_status lease_load(struct session *session)
{
    struct list list = {.session = session};
    yoke_status status = list_jobs(&list);
    if (status == YOKE_OK)
        status = lease_say(session);
    if (status == YOKE_OK)
        status = read_all(session);
    if (status == YOKE_OK && !ledger_keys_visit(session->ledger, forget_unsent, &list))
        status = yoke_error_set(YOKE_NO_MEMORY, "no memory for the jobs that wait");
    free(list.sequences);
    return status;
}
