/* Packs entries of a channel into one message, sends it, and reads what the hub answers: see
 * message.h. */
#include "message.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No message of several parts becomes so long that others wait behind it. */
#define BYTES_SHARED ((size_t)128 << 10)

/* What the hub answers when something is stored under the subject already, and when there is
 * nothing to be removed. */
#define ERROR_EXISTS "\"err_code\":10071"
#define ERROR_GONE   "\"err_code\":10057"
#define ERROR_NEVER  "\"err_code\":10043"

/* ---- packing --------------------------------------------------------------------------------- */

static size_t head_size(const struct outbox_options *options, const struct message *message)
{
    return message->address.bare ? 0 : options->head_size;
}

/* The bytes of a message with the channel's entries up to `end`: one has room for the head. */
static bool gather(const struct outbox_options *options, struct message *message,
                   const struct entry *end)
{
    struct entry *entry = message->channel->first;
    size_t head = head_size(options, message);
    bool one = entry->next == end;
    unsigned char *at = one ? entry->memory + WIRE_HEAD_SIZE - head : malloc(message->size);
    if (!at)
        return false;
    message->memory = one ? entry->memory : at;
    message->bytes = at;
    memcpy(at, options->head, head);
    if (one) {
        entry->memory = NULL;
        return true;
    }
    for (at += head; entry != end; entry = entry->next) {
        memcpy(at, entry->memory + WIRE_HEAD_SIZE, entry->size);
        at += entry->size;
    }
    return true;
}

/* Which entries go together, up to the one that is returned; sets the size. */
static const struct entry *choose_entries(const struct outbox_options *options,
                                          struct message *message, unsigned most)
{
    const struct entry *end = message->channel->first;
    unsigned parts = 0;
    message->size = head_size(options, message);
    do {
        message->size += end->size;
        end = end->next;
    } while (++parts < most && end && message->size + end->size <= BYTES_SHARED);
    message->alone = parts == 1;
    return end;
}

static natsStatus add_headers(struct message *message)
{
    const struct outbox_address *address = &message->address;
    if (!*address->id && !address->once)
        return NATS_OK;
    natsStatus status = natsMsg_Create(&message->named, address->subject, message->reply,
                                       (const char *)message->bytes, (int)message->size);
    if (status == NATS_OK && *address->id)
        status = natsMsgHeader_Set(message->named, "Nats-Msg-Id", address->id);
    if (status == NATS_OK && address->once)
        status = natsMsgHeader_Set(message->named, "Nats-Expected-Last-Subject-Sequence", "0");
    return status;
}

/* Moves the channel's entries up to `end` into the message. */
static void move_entries(struct message *message, const struct entry *end)
{
    struct channel *channel = message->channel;
    struct entry **last = &message->entries;
    while (channel->first != end) {
        struct entry *entry = channel->first;
        channel->first = entry->next;
        free(entry->memory);
        entry->memory = NULL;
        entry->next = NULL;
        *last = entry;
        last = &entry->next;
    }
    if (!channel->first)
        channel->last = &channel->first;
}

struct message *message_pack(const struct outbox_options *options, struct channel *channel,
                             unsigned most, const char *inbox, uint64_t number)
{
    struct message *message = calloc(1, sizeof *message);
    if (!message)
        return NULL;
    const struct outbox_part first = {.sequence = channel->first->sequence,
                                      .context = channel->first->context};
    options->address(options->owner, channel->name, &first, &message->address);
    message->channel = channel;
    message->number = number;
    snprintf(message->reply, sizeof message->reply, "%s.%" PRIu64, inbox, number);
    const struct entry *end = choose_entries(options, message, most);
    if (!gather(options, message, end) || add_headers(message) != NATS_OK) {
        if (message->alone && message->memory) { /* it goes back */
            channel->first->memory = message->memory;
            message->memory = NULL;
        }
        return message_free(message), NULL;
    }
    if (message->named) {
        free(message->memory);
        message->memory = NULL;
    }
    move_entries(message, end);
    return message;
}

void message_free(struct message *message)
{
    natsMsg_Destroy(message->named);
    free(message->memory);
    free(message);
}

/* ---- there and back -------------------------------------------------------------------------- */

natsStatus message_send(const struct message *message, natsConnection *nats)
{
    if (message->named)
        return natsConnection_PublishMsg(nats, message->named);
    return natsConnection_PublishRequest(nats, message->address.subject, message->reply,
                                         message->bytes, (int)message->size);
}

static uint64_t number_behind(const char *text, const char *words)
{
    const char *found = strstr(text, words);
    return found ? strtoull(found + strlen(words), NULL, 10) : 0;
}

/* False: what the hub says now, having no stream yet for example, it may not say the next time. */
bool message_read_answer(const natsMsg *answer, struct outbox_part *part)
{
    char text[256];
    int size = natsMsg_GetDataLength(answer);
    if (size <= 0 || size >= (int)sizeof text)
        return false;
    memcpy(text, natsMsg_GetData(answer), (size_t)size);
    text[size] = '\0';
    if (strstr(text, ERROR_EXISTS)) {
        part->end = OUTBOX_EXISTS;
        part->position = number_behind(text, "wrong last sequence: ");
        return part->position > 0;
    }
    part->end = OUTBOX_STORED;
    /* A removal that finds nothing has been done, by an earlier copy. */
    if (strstr(text, "\"success\":true") || strstr(text, ERROR_GONE) || strstr(text, ERROR_NEVER))
        return true;
    part->position = strstr(text, "\"error\"") ? 0 : number_behind(text, "\"seq\":");
    return part->position > 0;
}
