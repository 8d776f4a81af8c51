/* Parts of messages on their way to a stream of the hub: each is sent, again and again, until the
 * hub has stored it. Parts that wait behind others of their channel travel together. A part may
 * also ask the hub to remove something: then it is stored, so to speak, when that is gone. */
#ifndef CLUSTER_OUTBOX_H
#define CLUSTER_OUTBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "connection.h"

/* The name of a channel becomes part of subjects. */
#define CHANNEL_SIZE    WIRE_CHANNEL_SIZE
#define MESSAGE_ID_SIZE 128

enum outbox_end {
    OUTBOX_STORED,
    OUTBOX_EXISTS,  /* it went `once`, and its subject has something already, at `position`  */
    OUTBOX_REFUSED, /* it can never be: too large                                                 */
    OUTBOX_CLOSED   /* the outbox was, before the hub had stored it                               */
};

/* One part as it was posted, and what has become of its message. */
struct outbox_part {
    uint64_t sequence;
    void *context;
    enum outbox_end end;
    uint64_t position; /* of the message in its stream */
    bool alone;        /* there is no other part in it */
};

/* Where a message goes, and how. */
struct outbox_address {
    char subject[SUBJECT_SIZE];
    char id[MESSAGE_ID_SIZE]; /* the hub drops a second message of the same name; "": none, and */
                              /* then it may come to be stored twice                            */
    bool once;                /* it is stored only while the stream has nothing of that subject */
    bool bare;                /* without the head                                               */
};

struct outbox_options {
    struct connection *connection;
    const void *head; /* what every message begins with; copied */
    size_t head_size;
    /* Tells the address of a message with that first part, of which sequence and context are set;
     * the rest is zero. Called with a lock. */
    void (*address)(void *owner, const char *channel, const struct outbox_part *first,
                    struct outbox_address *address);
    /* Called once for every part, by any thread. */
    void (*ended)(void *owner, const struct outbox_part *part);
    void *owner;
};

struct outbox;

yoke_status outbox_open(struct outbox **outbox, const struct outbox_options *options);

/* Takes a part as wire.h writes it; the memory is freed once it is sent. A message of that channel
 * has at most `*most` parts at the time it is sent; what is pointed to must outlive the outbox.
 * Without memory, or once it is closed, false, and the memory stays the caller's. */
bool outbox_post(struct outbox *outbox, const char *channel, const atomic_uint *most,
                 uint64_t sequence, unsigned char *memory, size_t size, void *context);

/* Drops what has not been sent, waits a little for the hub to answer what has, and returns when all
 * calls to ended() have. */
void outbox_close(struct outbox *outbox);

#endif
