/* Messages on their way to a stream of the hub, and how parts that wait become one. */
#ifndef CLUSTER_MESSAGE_H
#define CLUSTER_MESSAGE_H

#include "outbox.h"

/* A part that was posted. */
struct entry {
    struct entry *next;
    unsigned char *memory; /* as of wire.h; NULL once the part is in a message */
    size_t size;
    uint64_t sequence;
    void *context;
};

/* Entries that may go together. Goes away with its last entry. */
struct channel {
    struct channel *next;
    char name[CHANNEL_SIZE];
    const atomic_uint *most;
    struct entry *first, **last;
    unsigned unanswered;
};

/* A message and the entries in it. */
struct message {
    struct message *next;
    struct channel *channel;
    struct entry *entries;
    struct outbox_address address;
    char reply[SUBJECT_SIZE];
    natsMsg *named;        /* with headers, which takes a copy, or */
    unsigned char *memory; /* without: the message lies somewhere in it */
    const unsigned char *bytes;
    size_t size;
    uint64_t number; /* what the hub answers to, at `inbox`.NUMBER */
    int64_t due;     /* when it is sent again */
    bool alone;
};

/* Makes a message of the channel's first entries, at most so many; there is one. NULL without
 * memory, and the entries stay where they are. */
struct message *message_pack(const struct outbox_options *options, struct channel *channel,
                             unsigned most, const char *inbox, uint64_t number);

/* Hands it to NATS, which may hold it back. */
natsStatus message_send(const struct message *message, natsConnection *nats);

/* Its entries are no longer in it. */
void message_free(struct message *message);

/* What the hub says of a message. False: it is to be sent again. */
bool message_read_answer(const natsMsg *answer, struct outbox_part *part);

#endif
