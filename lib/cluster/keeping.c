/* What a durable program has the hub keep, and remove. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keeping.h"
#include "keyed.h"

#define REMOVE_SUBJECT "$JS.API.STREAM.MSG.DELETE." KEPT_STREAM

/* Of a message on its way. */
struct note {
    enum { ENTRY, JOB, REMOVAL } what;
    struct ledger_job *job; /* with a reference; NULL: a removal */
    uint64_t then;          /* what else is to be removed */
};

/* ---- messages -------------------------------------------------------------------------------- */

static void entry_subject(char subject[SUBJECT_SIZE], const struct kept *kept,
                          const struct ledger_job *job)
{
    snprintf(subject, SUBJECT_SIZE, KEPT_SUBJECT "%s.key.%s", kept->client, job->keyed->key);
}

static void address(void *owner, const char *lane, const struct outbox_part *first,
                    struct outbox_address *address)
{
    (void)lane;
    const struct kept *kept = owner;
    const struct note *note = first->context;
    address->bare = note->what != JOB;
    address->once = note->what != REMOVAL;
    if (note->what == REMOVAL) {
        snprintf(address->subject, SUBJECT_SIZE, REMOVE_SUBJECT);
        return;
    }
    char id[WIRE_ID_SIZE];
    wire_id_write(id, kept->client, note->job->wire.sequence);
    if (note->what == ENTRY) {
        entry_subject(address->subject, kept, note->job);
        snprintf(address->id, MESSAGE_ID_SIZE, "%s.key", id);
    } else {
        snprintf(address->subject, SUBJECT_SIZE, JOBS_SUBJECT "%s" JOBS_ANY ".%s",
                 note->job->pace->lane, id);
        snprintf(address->id, MESSAGE_ID_SIZE, "%s", id);
    }
}

static unsigned char *write_removal(uint64_t place, size_t *size)
{
    unsigned char *memory = malloc(WIRE_HEAD_SIZE + 64);
    if (memory)
        *size = (size_t)snprintf((char *)memory + WIRE_HEAD_SIZE, 64,
                                 "{\"seq\":%" PRIu64 ",\"no_erase\":true}", place);
    return memory;
}

static unsigned char *write_entry(const struct ledger_job *job, size_t *size)
{
    struct wire_entry entry = {.sequence = job->wire.sequence,
                               .digest = job->keyed->digest,
                               .result_size = job->wire.result_size};
    snprintf(entry.lane, sizeof entry.lane, "%s", job->pace->lane);
    return wire_entry_write(&entry, size);
}

static void count(struct kept *kept, int more)
{
    pthread_mutex_lock(&kept->lock);
    kept->pending += (unsigned)more;
    pthread_cond_broadcast(&kept->changed);
    pthread_mutex_unlock(&kept->lock);
}

/* Without memory, or when we have left, false. */
static bool post(struct kept *kept, const struct note *what, uint64_t place)
{
    static const char *const lanes[] = {"entry", "job", "removal"};
    static const atomic_uint one = 1;
    size_t size = 0;
    struct note *note = malloc(sizeof *note);
    unsigned char *memory = what->what == REMOVAL ? write_removal(place, &size)
                            : what->what == ENTRY ? write_entry(what->job, &size)
                                                  : wire_job_write(&what->job->wire, &size);
    if (what->what != REMOVAL)
        ledger_hold(kept->ledger, what->job);
    if (note)
        *note = *what;
    count(kept, 1);
    if (note && memory &&
        outbox_post(kept->outbox, lanes[note->what], &one, place, memory, size, note))
        return true;
    count(kept, -1);
    if (what->what != REMOVAL)
        ledger_drop(kept->ledger, what->job);
    free(memory);
    free(note);
    return false;
}

/* ---- removing -------------------------------------------------------------------------------- */

void keeping_remove(struct kept *kept, uint64_t place, uint64_t then)
{
    const struct note note = {.what = REMOVAL, .then = then};
    if (!atomic_load(&kept->replaced))
        post(kept, &note, place); /* without memory the next program does it */
}

void keeping_let_go(struct kept *kept, const char *key)
{
    uint64_t entry = 0, result = 0;
    pthread_mutex_lock(&kept->ledger->lock);
    struct ledger_job *job = keyed_find(kept->ledger, key);
    if (job) {
        entry = job->keyed->entry;
        result = job->keyed->result;
        keyed_leave(kept->ledger, job);
        ledger_unhold(job);
    }
    pthread_mutex_unlock(&kept->ledger->lock);
    if (entry) /* else when it is there */
        keeping_remove(kept, entry, result);
}

/* ---- what the hub has done ------------------------------------------------------------------- */

static void fail(struct kept *kept, struct ledger_job *job)
{
    const yoke_outcome failed = {.state = YOKE_STATE_FAILED,
                                 .status = YOKE_NO_MEMORY,
                                 .message = "no memory to send the job"};
    ledger_end_as(kept->ledger, job, failed);
}

static void note_entered(struct kept *kept, struct ledger_job *job, uint64_t place)
{
    pthread_mutex_lock(&kept->ledger->lock);
    job->keyed->entry = place;
    bool gone = job->keyed->gone, active = job->active;
    pthread_mutex_unlock(&kept->ledger->lock);
    const struct note note = {.what = JOB, .job = job};
    if (gone)
        keeping_remove(kept, place, 0);
    else if (active && !post(kept, &note, job->wire.sequence))
        fail(kept, job);
}

/* The key has an entry: ours, when the hub's answer was lost; or one of a job that was let go, or
 * of a program that is dead, which is not to stay. */
static void note_exists(struct kept *kept, struct ledger_job *job)
{
    char subject[SUBJECT_SIZE];
    struct wire_entry entry = {0};
    natsMsg *found = NULL;
    uint64_t place = 0;
    entry_subject(subject, kept, job);
    if (js_GetLastMsg(&found, kept->connection->stream, KEPT_STREAM, subject, NULL, NULL) ==
        NATS_OK) {
        place = natsMsg_GetSequence(found);
        wire_entry_read(&entry, natsMsg_GetData(found), (size_t)natsMsg_GetDataLength(found));
    }
    natsMsg_Destroy(found);
    const struct note note = {.what = ENTRY, .job = job};
    if (place && entry.sequence == job->wire.sequence) {
        note_entered(kept, job, place);
    } else if (!atomic_load(&kept->replaced)) {
        if (place)
            keeping_remove(kept, place, 0);
        if (!post(kept, &note, job->wire.sequence))
            fail(kept, job);
    }
}

static void note_ended(void *owner, const struct outbox_part *part)
{
    struct kept *kept = owner;
    struct note *note = part->context;
    struct outbox_part stored = *part;
    stored.alone = true;
    if (stored.end == OUTBOX_EXISTS)
        stored.end = OUTBOX_STORED;
    if (part->end == OUTBOX_CLOSED) {
        /* Whatever it was, the next program sees to it. */
    } else if (note->what == REMOVAL && note->then) {
        keeping_remove(kept, note->then, 0);
    } else if (note->what == ENTRY && part->end == OUTBOX_EXISTS) {
        note_exists(kept, note->job);
    } else if (note->what == ENTRY && part->end == OUTBOX_STORED) {
        note_entered(kept, note->job, part->place);
    } else if (note->job && !ledger_stored(kept->ledger, note->job, &stored) &&
               !atomic_load(&kept->replaced)) {
        connection_cancel(kept->connection, kept->client, part->sequence);
        connection_remove_job(kept->connection, part->place);
    }
    if (note->job)
        ledger_drop(kept->ledger, note->job);
    free(note);
    count(kept, -1);
}

bool keeping_send(struct kept *kept, struct ledger_job *job)
{
    const struct note note = {.what = ENTRY, .job = job};
    return post(kept, &note, job->wire.sequence);
}

yoke_status keeping_open(struct kept *kept)
{
    unsigned char head[WIRE_HEAD_SIZE];
    const struct outbox_options options = {
        .connection = kept->connection,
        .head = head,
        .head_size = wire_jobs_head(head, kept->client),
        .address = address,
        .ended = note_ended,
        .owner = kept,
    };
    return outbox_open(&kept->outbox, &options);
}
