#include "outbox.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "parcel.h"

/* Messages that the hub has not answered yet. One part to a message, and many are needed to hide
 * the round trip; where parts may travel together few, so that those behind become one message. */
enum { UNANSWERED_MOST = 64, UNANSWERED_SHARED = 4 };

/* Bytes on their way: enough to fill any link. */
#define BYTES_MOST ((size_t)16 << 20)

/* When a message that the hub did not answer, or could not take, is sent again, and how often one
 * looks for those while there are any, and else, in milliseconds. */
#define ANSWER_WAIT 1000
#define RETRY_WAIT  50
#define LOOK_WAIT   50
#define IDLE_WAIT   1000
/* And how long one that is closed waits for the answers to what it has sent: a hub that is there
 * gives them within milliseconds. */
#define CLOSE_WAIT 1000

#define MILLISECOND ((int64_t)1000000)

struct outbox {
    struct outbox_options options;
    unsigned char head[WIRE_HEAD_SIZE];
    pthread_mutex_t lock;
    pthread_cond_t answered; /* the last message, while it is closed */
    struct lane *lanes;
    struct parcel *parcels;
    unsigned unanswered;
    size_t bytes;
    uint64_t next; /* number */
    char *inbox;
    natsSubscription *answers;
    pthread_t thread;
    bool started, closed;
};

static void end_letters(struct outbox *outbox, struct letter *letters, struct outbox_part *part)
{
    while (letters) {
        struct letter *letter = letters;
        letters = letter->next;
        part->sequence = letter->sequence;
        part->context = letter->context;
        outbox->options.ended(outbox->options.owner, part);
        free(letter->memory);
        free(letter);
    }
}

/* ---- lanes, with the lock -------------------------------------------------------------------- */

static struct lane *find_lane(struct outbox *outbox, const char *name, const atomic_uint *most)
{
    struct lane *lane = outbox->lanes;
    while (lane && strcmp(lane->name, name) != 0)
        lane = lane->next;
    if (lane || !(lane = calloc(1, sizeof *lane)))
        return lane;
    snprintf(lane->name, sizeof lane->name, "%s", name);
    lane->most = most;
    lane->last = &lane->first;
    lane->next = outbox->lanes;
    return outbox->lanes = lane;
}

static void remove_empty_lanes(struct outbox *outbox)
{
    struct lane **place = &outbox->lanes;
    while (*place) {
        struct lane *lane = *place;
        if (lane->first || lane->unanswered) {
            place = &lane->next;
        } else {
            *place = lane->next;
            free(lane);
        }
    }
}

static bool may_send(const struct outbox *outbox, const struct lane *lane, unsigned most)
{
    return lane->first && outbox->unanswered < UNANSWERED_MOST &&
           (most == 1 || lane->unanswered < UNANSWERED_SHARED) &&
           (outbox->bytes == 0 || outbox->bytes + lane->first->size <= BYTES_MOST);
}

/* ---- messages, with the lock ----------------------------------------------------------------- */

/* NULL without memory. */
static struct parcel *pack(struct outbox *outbox, struct lane *lane, unsigned most)
{
    struct parcel *parcel =
        parcel_pack(&outbox->options, lane, most, outbox->inbox, outbox->next++);
    if (!parcel)
        return NULL;
    parcel->next = outbox->parcels;
    outbox->parcels = parcel;
    lane->unanswered++;
    outbox->unanswered++;
    outbox->bytes += parcel->size;
    return parcel;
}

static struct parcel *take_parcel(struct outbox *outbox, struct parcel **place)
{
    struct parcel *parcel = *place;
    *place = parcel->next;
    parcel->lane->unanswered--;
    outbox->bytes -= parcel->size;
    if (--outbox->unanswered == 0 && outbox->closed)
        pthread_cond_signal(&outbox->answered);
    return parcel;
}

static bool is_final(natsStatus status)
{
    return status == NATS_MAX_PAYLOAD || status == NATS_INVALID_ARG ||
           status == NATS_INVALID_SUBJECT;
}

/* False when it can never be sent. */
static bool send(struct outbox *outbox, struct parcel *parcel)
{
    natsConnection *nats = outbox->options.connection->nats;
    natsStatus status = NATS_CONNECTION_DISCONNECTED;
    /* While the hub is away NATS would keep every copy, to send them all later. */
    if (natsConnection_Status(nats) == NATS_CONN_STATUS_CONNECTED)
        status = parcel_send(parcel, nats);
    parcel->due = clock_now() + (status == NATS_OK ? ANSWER_WAIT : RETRY_WAIT) * MILLISECOND;
    return !is_final(status);
}

/* ---- with the lock, which is given back meanwhile -------------------------------------------- */

static void end_parcel(struct outbox *outbox, struct parcel *parcel, struct outbox_part part)
{
    part.alone = parcel->alone;
    pthread_mutex_unlock(&outbox->lock);
    end_letters(outbox, parcel->letters, &part);
    parcel_free(parcel);
    pthread_mutex_lock(&outbox->lock);
}

static void send_lane(struct outbox *outbox, struct lane *lane)
{
    unsigned most = atomic_load_explicit(lane->most, memory_order_relaxed);
    while (!outbox->closed && may_send(outbox, lane, most)) {
        struct parcel *parcel = pack(outbox, lane, most);
        if (!parcel)
            return; /* later */
        if (!send(outbox, parcel)) {
            /* Nobody has touched the list since. */
            lane->unanswered++; /* so that the lane stays */
            end_parcel(outbox, take_parcel(outbox, &outbox->parcels),
                       (struct outbox_part){.end = OUTBOX_REFUSED});
            lane->unanswered--;
        }
    }
}

static void send_lanes(struct outbox *outbox)
{
    for (struct lane *lane = outbox->lanes; lane; lane = lane->next)
        send_lane(outbox, lane);
    remove_empty_lanes(outbox);
}

/* ---- what the hub answers -------------------------------------------------------------------- */

static void take_answer(struct outbox *outbox, natsMsg *answer)
{
    const char *subject = natsMsg_GetSubject(answer), *dot = strrchr(subject, '.');
    uint64_t number = dot ? strtoull(dot + 1, NULL, 10) : 0;
    struct outbox_part part = {0};
    bool ended = parcel_read_answer(answer, &part);
    bool nobody = natsMsg_IsNoResponders(answer);
    natsMsg_Destroy(answer);
    pthread_mutex_lock(&outbox->lock);
    struct parcel **at = &outbox->parcels;
    while (*at && (*at)->number != number)
        at = &(*at)->next;
    if (*at && ended)
        end_parcel(outbox, take_parcel(outbox, at), part);
    else if (*at)
        (*at)->due = clock_now() + RETRY_WAIT * MILLISECOND;
    send_lanes(outbox);
    pthread_mutex_unlock(&outbox->lock);
    if (nobody) /* the hub may have come back without its disk */
        connection_prepare(outbox->options.connection);
}

/* Returns how long to wait for an answer, in milliseconds. */
static int64_t send_again(struct outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    int64_t now = clock_now();
    for (struct parcel *parcel = outbox->parcels; parcel; parcel = parcel->next) {
        if (now >= parcel->due)
            send(outbox, parcel);
    }
    send_lanes(outbox);
    int64_t wait = outbox->lanes ? LOOK_WAIT : IDLE_WAIT;
    pthread_mutex_unlock(&outbox->lock);
    return wait;
}

static void *run(void *argument)
{
    struct outbox *outbox = argument;
    natsStatus status = NATS_OK;
    int64_t next = 0, wait = IDLE_WAIT;
    while (status != NATS_CONNECTION_CLOSED && status != NATS_INVALID_SUBSCRIPTION) {
        natsMsg *answer = NULL;
        status = natsSubscription_NextMsg(&answer, outbox->answers, wait);
        if (status == NATS_OK)
            take_answer(outbox, answer);
        int64_t now = clock_now();
        if (now >= next || status == NATS_TIMEOUT) {
            wait = send_again(outbox);
            next = now + LOOK_WAIT * MILLISECOND;
        }
    }
    nats_ReleaseThreadMemory();
    return NULL;
}

/* ---- the outbox ------------------------------------------------------------------------------ */

static yoke_status start(struct outbox *outbox)
{
    natsConnection *nats = outbox->options.connection->nats;
    char subject[SUBJECT_SIZE];
    natsStatus status = natsInbox_Create(&outbox->inbox);
    if (status == NATS_OK) {
        snprintf(subject, sizeof subject, "%s.*", outbox->inbox);
        status = natsConnection_SubscribeSync(&outbox->answers, nats, subject);
    }
    if (status != NATS_OK)
        return connection_failed(status, "cannot ask for answers");
    outbox->started = pthread_create(&outbox->thread, NULL, run, outbox) == 0;
    return outbox->started
               ? YOKE_OK
               : yoke_error_set(YOKE_NO_THREADS, "the system refused the thread of an outbox");
}

yoke_status outbox_open(struct outbox **opened, const struct outbox_options *options)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for an outbox");
    outbox->options = *options;
    outbox->options.head = outbox->head;
    memcpy(outbox->head, options->head, options->head_size);
    pthread_mutex_init(&outbox->lock, NULL);
    clock_condition_open(&outbox->answered);
    outbox->next = 1;
    yoke_status status = start(outbox);
    if (status == YOKE_OK)
        *opened = outbox;
    else
        outbox_close(outbox);
    return status;
}

bool outbox_post(struct outbox *outbox, const char *name, const atomic_uint *most,
                 uint64_t sequence, unsigned char *memory, size_t size, void *context)
{
    struct letter *letter = malloc(sizeof *letter);
    if (!letter)
        return false;
    *letter = (struct letter){NULL, memory, size, sequence, context};
    pthread_mutex_lock(&outbox->lock);
    struct lane *lane = outbox->closed ? NULL : find_lane(outbox, name, most);
    if (lane) {
        *lane->last = letter;
        lane->last = &letter->next;
        send_lane(outbox, lane);
    }
    pthread_mutex_unlock(&outbox->lock);
    if (!lane)
        free(letter);
    return lane;
}

/* Nothing more is sent. */
static void await_answers(struct outbox *outbox)
{
    natsConnection *nats = outbox->options.connection->nats;
    int64_t end = clock_now() + CLOSE_WAIT * MILLISECOND;
    pthread_mutex_lock(&outbox->lock);
    outbox->closed = true;
    while (outbox->started && outbox->unanswered > 0 &&
           natsConnection_Status(nats) == NATS_CONN_STATUS_CONNECTED &&
           clock_wait(&outbox->answered, &outbox->lock, end))
        ;
    pthread_mutex_unlock(&outbox->lock);
}

void outbox_close(struct outbox *outbox)
{
    if (!outbox)
        return;
    await_answers(outbox);
    if (outbox->started) {
        natsSubscription_Unsubscribe(outbox->answers);
        pthread_join(outbox->thread, NULL);
    }
    natsSubscription_Destroy(outbox->answers);
    natsInbox_Destroy(outbox->inbox);
    struct outbox_part part = {.end = OUTBOX_CLOSED};
    pthread_mutex_lock(&outbox->lock);
    while (outbox->parcels)
        end_parcel(outbox, take_parcel(outbox, &outbox->parcels), part);
    pthread_mutex_unlock(&outbox->lock);
    /* Nothing is added any more; the lock is not held, since owners call from under their own. */
    for (struct lane *lane = outbox->lanes; lane; lane = lane->next) {
        end_letters(outbox, lane->first, &part);
        lane->first = NULL;
    }
    remove_empty_lanes(outbox);
    pthread_cond_destroy(&outbox->answered);
    pthread_mutex_destroy(&outbox->lock);
    free(outbox);
}
