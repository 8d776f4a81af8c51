/* Messages on their way to a stream of the hub, and how parts that wait become one. */
#ifndef CLUSTER_PARCEL_H
#define CLUSTER_PARCEL_H

#include "outbox.h"

/* A part that was posted. */
struct letter {
    struct letter *next;
    unsigned char *memory; /* as of wire.h; NULL once the part is in a message */
    size_t size;
    uint64_t sequence;
    void *context;
};

/* Letters that may go together. Goes away with its last letter. */
struct lane {
    struct lane *next;
    char name[LANE_SIZE];
    const atomic_uint *most;
    struct letter *first, **last;
    unsigned unanswered;
};

/* A message and the letters in it. */
struct parcel {
    struct parcel *next;
    struct lane *lane;
    struct letter *letters;
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

/* Makes a message of the lane's first letters, at most so many; there is one. NULL without memory,
 * and the letters stay where they are. */
struct parcel *parcel_pack(const struct outbox_options *options, struct lane *lane, unsigned most,
                           const char *inbox, uint64_t number);

/* Hands it to NATS, which may hold it back. */
natsStatus parcel_send(const struct parcel *parcel, natsConnection *nats);

/* Its letters are no longer in it. */
void parcel_free(struct parcel *parcel);

/* What the hub says of a message. False: it is to be sent again. */
bool parcel_read_answer(const natsMsg *answer, struct outbox_part *part);

#endif
