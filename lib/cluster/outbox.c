#include "outbox.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each thread has one message on its way: so many share the round trip. */
#define THREADS 4

/* Between two tries of a message while the hub is away, in milliseconds. */
#define RETRY_WAIT 50

struct letter {
    struct letter *next;
    char subject[SUBJECT_SIZE], id[WIRE_ID_SIZE];
    unsigned char *bytes;
    size_t size;
    outbox_callback callback;
    void *context;
};

struct outbox {
    struct connection *connection;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a letter has come, or it is closed */
    struct letter *first, **last;
    bool closed;
    pthread_t threads[THREADS];
    unsigned started;
};

/* Whether sending again could help. */
static bool is_final(natsStatus status)
{
    return status == NATS_MAX_PAYLOAD || status == NATS_INVALID_ARG ||
           status == NATS_INVALID_SUBJECT;
}

static bool is_closed(struct outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    bool closed = outbox->closed;
    pthread_mutex_unlock(&outbox->lock);
    return closed;
}

static uint64_t send_letter(struct outbox *outbox, const struct letter *letter)
{
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MsgId = letter->id;
    while (!is_closed(outbox)) {
        jsPubAck *stored = NULL;
        natsStatus status = js_Publish(&stored, outbox->connection->stream, letter->subject,
                                       letter->bytes, (int)letter->size, &options, NULL);
        uint64_t place = status == NATS_OK ? stored->Sequence : 0;
        jsPubAck_Destroy(stored);
        if (status == NATS_OK || is_final(status))
            return place;
        /* Nobody took it: the hub may have come back without its disk. */
        if (status == NATS_NO_RESPONDERS)
            connection_prepare(outbox->connection);
        nats_Sleep(RETRY_WAIT);
    }
    return 0;
}

static struct letter *take(struct outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    while (!outbox->first && !outbox->closed)
        pthread_cond_wait(&outbox->changed, &outbox->lock);
    struct letter *letter = outbox->first;
    if (letter) {
        outbox->first = letter->next;
        if (!outbox->first)
            outbox->last = &outbox->first;
    }
    pthread_mutex_unlock(&outbox->lock);
    return letter;
}

static void *run(void *argument)
{
    struct outbox *outbox = argument;
    struct letter *letter;
    while ((letter = take(outbox))) {
        uint64_t place = send_letter(outbox, letter);
        letter->callback(letter->context, place);
        free(letter->bytes);
        free(letter);
    }
    nats_ReleaseThreadMemory();
    return NULL;
}

yoke_status outbox_open(struct outbox **opened, struct connection *connection)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for an outbox");
    outbox->connection = connection;
    outbox->last = &outbox->first;
    pthread_mutex_init(&outbox->lock, NULL);
    pthread_cond_init(&outbox->changed, NULL);
    while (outbox->started < THREADS &&
           pthread_create(&outbox->threads[outbox->started], NULL, run, outbox) == 0)
        outbox->started++;
    if (outbox->started == THREADS)
        return *opened = outbox, YOKE_OK;
    outbox_close(outbox);
    return yoke_error_set(YOKE_NO_THREADS, "the system refused the threads of an outbox");
}

bool outbox_post(struct outbox *outbox, const char *subject, const char *id, unsigned char *bytes,
                 size_t size, outbox_callback callback, void *context)
{
    struct letter *letter = malloc(sizeof *letter);
    if (!letter)
        return false;
    *letter =
        (struct letter){.bytes = bytes, .size = size, .callback = callback, .context = context};
    snprintf(letter->subject, sizeof letter->subject, "%s", subject);
    snprintf(letter->id, sizeof letter->id, "%s", id);
    pthread_mutex_lock(&outbox->lock);
    *outbox->last = letter;
    outbox->last = &letter->next;
    pthread_cond_signal(&outbox->changed);
    pthread_mutex_unlock(&outbox->lock);
    return true;
}

void outbox_close(struct outbox *outbox)
{
    if (!outbox)
        return;
    pthread_mutex_lock(&outbox->lock);
    outbox->closed = true;
    pthread_cond_broadcast(&outbox->changed);
    pthread_mutex_unlock(&outbox->lock);
    for (unsigned i = 0; i < outbox->started; i++)
        pthread_join(outbox->threads[i], NULL);
    pthread_cond_destroy(&outbox->changed);
    pthread_mutex_destroy(&outbox->lock);
    free(outbox);
}
