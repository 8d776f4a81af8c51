/* Sends messages again until the hub has stored them: see outbox.h. */
#include "outbox.h"
#include "cluster/limits.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "message.h"

/* Messages that the hub has not answered yet. One part to a message, and many are needed to hide
 * the round trip; where parts may travel together few, so that those behind become one message. */
enum { UNANSWERED_MOST = 64, UNANSWERED_SHARED = 4 };

/* Bytes on their way: enough to fill any link. */
#define BYTES_MOST ((size_t)16 << 20)

struct outbox {
    struct outbox_options options;
    unsigned char head[WIRE_HEAD_SIZE];
    pthread_mutex_t lock;
    pthread_cond_t answered; /* the last message, while it is closed */
    struct channel *channels;
    struct message *messages;
    unsigned unanswered;
    size_t bytes;
    uint64_t next; /* number */
    char *inbox;
    natsSubscription *answers;
    pthread_t thread;
    bool started, closed;
};

static void end_entries(struct outbox *outbox, struct entry *entries, struct outbox_part *part)
{
    while (entries) {
        struct entry *entry = entries;
        entries = entry->next;
        part->sequence = entry->sequence;
        part->context = entry->context;
        outbox->options.ended(outbox->options.owner, part);
        free(entry->memory);
        free(entry);
    }
}

/* ---- channels, with the lock ----------------------------------------------------------------- */

static struct channel *find_channel(struct outbox *outbox, const char *name,
                                    const atomic_uint *most)
{
    struct channel *channel = outbox->channels;
    while (channel && strcmp(channel->name, name) != 0)
        channel = channel->next;
    if (channel || !(channel = calloc(1, sizeof *channel)))
        return channel;
    snprintf(channel->name, sizeof channel->name, "%s", name);
    channel->most = most;
    channel->last = &channel->first;
    channel->next = outbox->channels;
    return outbox->channels = channel;
}

static void remove_empty_channels(struct outbox *outbox)
{
    struct channel **link = &outbox->channels;
    while (*link) {
        struct channel *channel = *link;
        if (channel->first || channel->unanswered) {
            link = &channel->next;
        } else {
            *link = channel->next;
            free(channel);
        }
    }
}

static bool may_send(const struct outbox *outbox, const struct channel *channel, unsigned most)
{
    return channel->first && outbox->unanswered < UNANSWERED_MOST &&
           (most == 1 || channel->unanswered < UNANSWERED_SHARED) &&
           (outbox->bytes == 0 || outbox->bytes + channel->first->size <= BYTES_MOST);
}

/* ---- messages, with the lock ----------------------------------------------------------------- */

/* NULL without memory. */
static struct message *pack(struct outbox *outbox, struct channel *channel, unsigned most)
{
    struct message *message =
        message_pack(&outbox->options, channel, most, outbox->inbox, outbox->next++);
    if (!message)
        return NULL;
    message->next = outbox->messages;
    outbox->messages = message;
    channel->unanswered++;
    outbox->unanswered++;
    outbox->bytes += message->size;
    return message;
}

static struct message *take_message(struct outbox *outbox, struct message **link)
{
    struct message *message = *link;
    *link = message->next;
    message->channel->unanswered--;
    outbox->bytes -= message->size;
    if (--outbox->unanswered == 0 && outbox->closed)
        pthread_cond_signal(&outbox->answered);
    return message;
}

static bool is_final(natsStatus status)
{
    return status == NATS_MAX_PAYLOAD || status == NATS_INVALID_ARG ||
           status == NATS_INVALID_SUBJECT;
}

/* False when it can never be sent. */
static bool send(struct outbox *outbox, struct message *message)
{
    natsConnection *nats = outbox->options.connection->nats;
    natsStatus status = NATS_CONNECTION_DISCONNECTED;
    /* While the hub is away NATS would keep every copy, to send them all later. */
    if (natsConnection_Status(nats) == NATS_CONN_STATUS_CONNECTED)
        status = message_send(message, nats);
    message->due = clock_now() + (status == NATS_OK ? RESEND_WAIT : REFUSED_WAIT);
    return !is_final(status);
}

/* ---- with the lock, which is given back meanwhile -------------------------------------------- */

/* Owners post with their locks held, and take these when they are told how a message has ended:
 * so that is never done with ours. */
static void end_message(struct outbox *outbox, struct message *message, struct outbox_part part)
{
    part.alone = message->alone;
    pthread_mutex_unlock(&outbox->lock);
    end_entries(outbox, message->entries, &part);
    message_free(message);
    pthread_mutex_lock(&outbox->lock);
}

static void send_channel(struct outbox *outbox, struct channel *channel)
{
    unsigned most = atomic_load_explicit(channel->most, memory_order_relaxed);
    while (!outbox->closed && may_send(outbox, channel, most)) {
        struct message *message = pack(outbox, channel, most);
        if (!message)
            return; /* later */
        if (!send(outbox, message)) {
            /* Nobody has touched the list since. */
            channel->unanswered++; /* so that the channel stays */
            end_message(outbox, take_message(outbox, &outbox->messages),
                        (struct outbox_part){.end = OUTBOX_REFUSED});
            channel->unanswered--;
        }
    }
}

static void send_channels(struct outbox *outbox)
{
    for (struct channel *channel = outbox->channels; channel; channel = channel->next)
        send_channel(outbox, channel);
    remove_empty_channels(outbox);
}

/* ---- what the hub answers -------------------------------------------------------------------- */

static void take_answer(struct outbox *outbox, natsMsg *answer)
{
    const char *subject = natsMsg_GetSubject(answer), *dot = strrchr(subject, '.');
    uint64_t number = dot ? strtoull(dot + 1, NULL, 10) : 0;
    struct outbox_part part = {0};
    bool ended = message_read_answer(answer, &part);
    bool nobody = natsMsg_IsNoResponders(answer);
    natsMsg_Destroy(answer);
    pthread_mutex_lock(&outbox->lock);
    struct message **at = &outbox->messages;
    while (*at && (*at)->number != number)
        at = &(*at)->next;
    /* Where there is no such message, this is the second answer, to a copy. */
    if (*at && ended)
        end_message(outbox, take_message(outbox, at), part);
    else if (*at)
        (*at)->due = clock_now() + REFUSED_WAIT;
    send_channels(outbox);
    pthread_mutex_unlock(&outbox->lock);
    if (nobody) /* the hub may have come back without its disk */
        connection_prepare(outbox->options.connection);
}

/* Returns how long to wait for an answer, in milliseconds. */
static int64_t send_again(struct outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    int64_t now = clock_now();
    for (struct message *message = outbox->messages; message; message = message->next) {
        if (now >= message->due)
            send(outbox, message);
    }
    send_channels(outbox);
    int64_t wait = outbox->channels ? OUTBOX_LOOK_WAIT : OUTBOX_IDLE_WAIT;
    pthread_mutex_unlock(&outbox->lock);
    return wait;
}

static void *run(void *argument)
{
    struct outbox *outbox = argument;
    natsStatus status = NATS_OK;
    int64_t next = 0, wait = OUTBOX_IDLE_WAIT;
    while (status != NATS_CONNECTION_CLOSED && status != NATS_INVALID_SUBSCRIPTION) {
        natsMsg *answer = NULL;
        status = natsSubscription_NextMsg(&answer, outbox->answers, LIMIT_MILLISECONDS(wait));
        if (status == NATS_OK)
            take_answer(outbox, answer);
        int64_t now = clock_now();
        if (now >= next || status == NATS_TIMEOUT) {
            wait = send_again(outbox);
            next = now + OUTBOX_LOOK_WAIT;
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
    struct entry *entry = malloc(sizeof *entry);
    if (!entry)
        return false;
    *entry = (struct entry){NULL, memory, size, sequence, context};
    pthread_mutex_lock(&outbox->lock);
    struct channel *channel = outbox->closed ? NULL : find_channel(outbox, name, most);
    if (channel) {
        *channel->last = entry;
        channel->last = &entry->next;
        send_channel(outbox, channel);
    }
    pthread_mutex_unlock(&outbox->lock);
    if (!channel)
        free(entry);
    return channel;
}

/* Nothing more is sent. */
static void await_answers(struct outbox *outbox)
{
    natsConnection *nats = outbox->options.connection->nats;
    int64_t end = clock_now() + OUTBOX_CLOSE_WAIT;
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
        natsSubscription_Unsubscribe(outbox->answers); /* which ends the thread */
        pthread_join(outbox->thread, NULL);
    }
    natsSubscription_Destroy(outbox->answers);
    natsInbox_Destroy(outbox->inbox);
    struct outbox_part part = {.end = OUTBOX_CLOSED};
    pthread_mutex_lock(&outbox->lock);
    while (outbox->messages)
        end_message(outbox, take_message(outbox, &outbox->messages), part);
    pthread_mutex_unlock(&outbox->lock);
    /* Nothing is added any more; the lock is not held, since owners call from under their own. */
    for (struct channel *channel = outbox->channels; channel; channel = channel->next) {
        end_entries(outbox, channel->first, &part);
        channel->first = NULL;
    }
    remove_empty_channels(outbox);
    pthread_cond_destroy(&outbox->answered);
    pthread_mutex_destroy(&outbox->lock);
    free(outbox);
}
