/* What a durable program has the hub keep, and remove. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/ledger/ledger_keys.h"
#include "cluster/ledger/updates.h"
#include "store.h"

#define REMOVE_SUBJECT "$JS.API.STREAM.MSG.DELETE." SESSION_STREAM

/* Of a message on its way. */
struct note {
    enum { ENTRY, JOB, REMOVAL } what;
    struct ledger_job *job; /* with a reference; NULL: a removal */
    uint64_t then;          /* what else is to be removed */
};

/* ---- messages -------------------------------------------------------------------------------- */

static void entry_subject(char subject[SUBJECT_SIZE], const struct session *session,
                          const struct ledger_job *job)
{
    snprintf(subject, SUBJECT_SIZE, SESSION_SUBJECT "%s.key.%s", session->client, job->key->text);
}

static void address(void *owner, const char *channel, const struct outbox_part *first,
                    struct outbox_address *address)
{
    (void)channel;
    const struct session *session = owner;
    const struct note *note = first->context;
    address->bare = note->what != JOB;
    /* The hub forgets the names of messages after a while (COPIES_WINDOW). `once` holds for as
     * long as the first copy is there. */
    address->once = note->what != REMOVAL;
    if (note->what == REMOVAL) {
        snprintf(address->subject, SUBJECT_SIZE, REMOVE_SUBJECT);
        return;
    }
    char id[WIRE_ID_SIZE];
    wire_id_write(id, session->client, note->job->wire.sequence);
    if (note->what == ENTRY) {
        entry_subject(address->subject, session, note->job);
        snprintf(address->id, MESSAGE_ID_SIZE, "%s.key", id);
    } else {
        snprintf(address->subject, SUBJECT_SIZE, JOBS_SUBJECT "%s" JOBS_ANY ".%s",
                 note->job->estimate->channel, id);
        snprintf(address->id, MESSAGE_ID_SIZE, "%s", id);
    }
}

/* no_erase: the hub need not overwrite the bytes on its disk, which would cost more. */
static unsigned char *write_removal(uint64_t position, size_t *size)
{
    unsigned char *memory = malloc(WIRE_HEAD_SIZE + 64);
    if (memory)
        *size = (size_t)snprintf((char *)memory + WIRE_HEAD_SIZE, 64,
                                 "{\"seq\":%" PRIu64 ",\"no_erase\":true}", position);
    return memory;
}

static unsigned char *write_entry(const struct ledger_job *job, size_t *size)
{
    struct wire_entry entry = {.sequence = job->wire.sequence,
                               .digest = job->key->digest,
                               .result_size = job->wire.result_size};
    snprintf(entry.channel, sizeof entry.channel, "%s", job->estimate->channel);
    return wire_entry_write(&entry, size);
}

static void count(struct session *session, int more)
{
    pthread_mutex_lock(&session->lock);
    session->pending += (unsigned)more;
    pthread_cond_broadcast(&session->changed);
    pthread_mutex_unlock(&session->lock);
}

/* Without memory, or when we have left, false. */
static bool post(struct session *session, const struct note *what, uint64_t position)
{
    static const char *const channels[] = {"entry", "job", "removal"};
    static const atomic_uint one = 1;
    size_t size = 0;
    struct note *note = malloc(sizeof *note);
    unsigned char *memory = what->what == REMOVAL ? write_removal(position, &size)
                            : what->what == ENTRY ? write_entry(what->job, &size)
                                                  : wire_job_write(&what->job->wire, &size);
    if (what->what != REMOVAL)
        ledger_hold(session->ledger, what->job);
    if (note)
        *note = *what;
    /* First: note_ended() may be called before outbox_post() returns. */
    count(session, 1);
    if (note && memory &&
        outbox_post(session->outbox, channels[note->what], &one, position, memory, size, note))
        return true;
    count(session, -1);
    if (what->what != REMOVAL)
        ledger_drop(session->ledger, what->job);
    free(memory);
    free(note);
    return false;
}

/* ---- removing -------------------------------------------------------------------------------- */

void store_remove(struct session *session, uint64_t position, uint64_t then)
{
    const struct note note = {.what = REMOVAL, .then = then};
    if (!atomic_load(&session->replaced))
        post(session, &note, position); /* without memory the next program does it */
}

void store_let_go(struct session *session, const char *key)
{
    uint64_t entry = 0, result = 0;
    pthread_mutex_lock(&session->ledger->lock);
    struct ledger_job *job = ledger_keys_find(session->ledger, key);
    if (job) {
        entry = job->key->entry;
        result = job->key->result;
        ledger_keys_leave(session->ledger, job);
        ledger_unhold(job);
    }
    pthread_mutex_unlock(&session->ledger->lock);
    if (entry) /* else when it is there */
        store_remove(session, entry, result);
}

/* ---- what the hub has done ------------------------------------------------------------------- */

static void fail(struct session *session, struct ledger_job *job)
{
    const yoke_outcome failed = {.state = YOKE_STATE_FAILED,
                                 .status = YOKE_NO_MEMORY,
                                 .message = "no memory to send the job"};
    ledger_end_as(session->ledger, job, failed);
}

static void note_entered(struct session *session, struct ledger_job *job, uint64_t position)
{
    pthread_mutex_lock(&session->ledger->lock);
    job->key->entry = position;
    bool gone = job->key->gone, active = job->active;
    pthread_mutex_unlock(&session->ledger->lock);
    const struct note note = {.what = JOB, .job = job};
    /* Let go, or ended, while the entry was on its way: its position was not known then. */
    if (gone)
        store_remove(session, position, 0);
    else if (active && !post(session, &note, job->wire.sequence))
        fail(session, job);
}

/* The key has an entry: ours, when the hub's answer was lost; or one of a job that was let go, or
 * of a program that is dead, which is not to stay. */
static void note_exists(struct session *session, struct ledger_job *job)
{
    char subject[SUBJECT_SIZE];
    struct wire_entry entry = {0};
    natsMsg *found = NULL;
    uint64_t position = 0;
    entry_subject(subject, session, job);
    if (js_GetLastMsg(&found, session->connection->stream, SESSION_STREAM, subject, NULL, NULL) ==
        NATS_OK) {
        position = natsMsg_GetSequence(found);
        wire_entry_read(&entry, natsMsg_GetData(found), (size_t)natsMsg_GetDataLength(found));
    }
    natsMsg_Destroy(found);
    const struct note note = {.what = ENTRY, .job = job};
    if (position && entry.sequence == job->wire.sequence) {
        note_entered(session, job, position);
    } else if (!atomic_load(&session->replaced)) {
        if (position)
            store_remove(session, position, 0);
        /* Also when the hub could not be asked: then this ends up here once more. */
        if (!post(session, &note, job->wire.sequence))
            fail(session, job);
    }
}

static void note_ended(void *owner, const struct outbox_part *part)
{
    struct session *session = owner;
    struct note *note = part->context;
    struct outbox_part stored = *part;
    stored.alone = true;
    /* Of a job: its subject has its number, so it is ours, and the answer to an earlier copy was
     * lost. */
    if (stored.end == OUTBOX_EXISTS)
        stored.end = OUTBOX_STORED;
    if (part->end == OUTBOX_CLOSED) {
        /* Whatever it was, the next program sees to it. */
    } else if (note->what == REMOVAL && note->then) {
        /* The result, once the entry is gone. If that is the end of us, the next program finds a
         * result without an entry, and removes it. */
        store_remove(session, note->then, 0);
    } else if (note->what == ENTRY && part->end == OUTBOX_EXISTS) {
        note_exists(session, note->job);
    } else if (note->what == ENTRY && part->end == OUTBOX_STORED) {
        note_entered(session, note->job, part->position);
    } else if (note->job && !updates_stored(session->ledger, note->job, &stored) &&
               !atomic_load(&session->replaced)) {
        connection_cancel(session->connection, session->client, part->sequence);
        connection_remove_job(session->connection, part->position);
    }
    if (note->job)
        ledger_drop(session->ledger, note->job);
    free(note);
    count(session, -1);
}

bool store_send(struct session *session, struct ledger_job *job)
{
    const struct note note = {.what = ENTRY, .job = job};
    return post(session, &note, job->wire.sequence);
}

yoke_status store_open(struct session *session)
{
    unsigned char head[WIRE_HEAD_SIZE];
    const struct outbox_options options = {
        .connection = session->connection,
        .head = head,
        .head_size = wire_jobs_head(head, session->client),
        .address = address,
        .ended = note_ended,
        .owner = session,
    };
    return outbox_open(&session->outbox, &options);
}
