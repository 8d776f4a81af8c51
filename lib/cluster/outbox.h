/* Messages on their way to a stream of the hub: each is sent, again and again, until the hub has
 * stored it. */
#ifndef CLUSTER_OUTBOX_H
#define CLUSTER_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "connection.h"

/* Called once for each message, by a thread of the outbox: with the message's place in the stream,
 * or with 0 when it can never be stored or the outbox is closed. */
typedef void (*outbox_callback)(void *context, uint64_t stored);

struct outbox;

yoke_status outbox_open(struct outbox **outbox, struct connection *connection);

/* Takes the bytes, which are freed once sent, and names the message `id`: the hub drops a second
 * one of that name. Without memory, false, and the bytes stay the caller's. */
bool outbox_post(struct outbox *outbox, const char *subject, const char *id, unsigned char *bytes,
                 size_t size, outbox_callback callback, void *context);

/* Drops what has not been stored, and blocks until all callbacks have returned. */
void outbox_close(struct outbox *outbox);

#endif
