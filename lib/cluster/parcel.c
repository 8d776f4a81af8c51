#include "parcel.h"

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

static size_t head_size(const struct outbox_options *options, const struct parcel *parcel)
{
    return parcel->address.bare ? 0 : options->head_size;
}

/* The bytes of a message with the lane's letters up to `end`: one has room for the head. */
static bool gather(const struct outbox_options *options, struct parcel *parcel,
                   const struct letter *end)
{
    struct letter *letter = parcel->lane->first;
    size_t head = head_size(options, parcel);
    bool one = letter->next == end;
    unsigned char *at = one ? letter->memory + WIRE_HEAD_SIZE - head : malloc(parcel->size);
    if (!at)
        return false;
    parcel->memory = one ? letter->memory : at;
    parcel->bytes = at;
    memcpy(at, options->head, head);
    if (one) {
        letter->memory = NULL;
        return true;
    }
    for (at += head; letter != end; letter = letter->next) {
        memcpy(at, letter->memory + WIRE_HEAD_SIZE, letter->size);
        at += letter->size;
    }
    return true;
}

/* Which letters go together, up to the one that is returned; sets the size. */
static const struct letter *choose_letters(const struct outbox_options *options,
                                           struct parcel *parcel, unsigned most)
{
    const struct letter *end = parcel->lane->first;
    unsigned parts = 0;
    parcel->size = head_size(options, parcel);
    do {
        parcel->size += end->size;
        end = end->next;
    } while (++parts < most && end && parcel->size + end->size <= BYTES_SHARED);
    parcel->alone = parts == 1;
    return end;
}

static natsStatus add_headers(struct parcel *parcel)
{
    const struct outbox_address *address = &parcel->address;
    if (!*address->id && !address->once)
        return NATS_OK;
    natsStatus status = natsMsg_Create(&parcel->named, address->subject, parcel->reply,
                                       (const char *)parcel->bytes, (int)parcel->size);
    if (status == NATS_OK && *address->id)
        status = natsMsgHeader_Set(parcel->named, "Nats-Msg-Id", address->id);
    if (status == NATS_OK && address->once)
        status = natsMsgHeader_Set(parcel->named, "Nats-Expected-Last-Subject-Sequence", "0");
    return status;
}

/* Moves the lane's letters up to `end` into the parcel. */
static void move_letters(struct parcel *parcel, const struct letter *end)
{
    struct lane *lane = parcel->lane;
    struct letter **last = &parcel->letters;
    while (lane->first != end) {
        struct letter *letter = lane->first;
        lane->first = letter->next;
        free(letter->memory);
        letter->memory = NULL;
        letter->next = NULL;
        *last = letter;
        last = &letter->next;
    }
    if (!lane->first)
        lane->last = &lane->first;
}

struct parcel *parcel_pack(const struct outbox_options *options, struct lane *lane, unsigned most,
                           const char *inbox, uint64_t number)
{
    struct parcel *parcel = calloc(1, sizeof *parcel);
    if (!parcel)
        return NULL;
    const struct outbox_part first = {.sequence = lane->first->sequence,
                                      .context = lane->first->context};
    options->address(options->owner, lane->name, &first, &parcel->address);
    parcel->lane = lane;
    parcel->number = number;
    snprintf(parcel->reply, sizeof parcel->reply, "%s.%" PRIu64, inbox, number);
    const struct letter *end = choose_letters(options, parcel, most);
    if (!gather(options, parcel, end) || add_headers(parcel) != NATS_OK) {
        if (parcel->alone && parcel->memory) { /* it goes back */
            lane->first->memory = parcel->memory;
            parcel->memory = NULL;
        }
        return parcel_free(parcel), NULL;
    }
    if (parcel->named) {
        free(parcel->memory);
        parcel->memory = NULL;
    }
    move_letters(parcel, end);
    return parcel;
}

void parcel_free(struct parcel *parcel)
{
    natsMsg_Destroy(parcel->named);
    free(parcel->memory);
    free(parcel);
}

/* ---- there and back -------------------------------------------------------------------------- */

natsStatus parcel_send(const struct parcel *parcel, natsConnection *nats)
{
    if (parcel->named)
        return natsConnection_PublishMsg(nats, parcel->named);
    return natsConnection_PublishRequest(nats, parcel->address.subject, parcel->reply,
                                         parcel->bytes, (int)parcel->size);
}

static uint64_t number_behind(const char *text, const char *words)
{
    const char *found = strstr(text, words);
    return found ? strtoull(found + strlen(words), NULL, 10) : 0;
}

bool parcel_read_answer(const natsMsg *answer, struct outbox_part *part)
{
    char text[256];
    int size = natsMsg_GetDataLength(answer);
    if (size <= 0 || size >= (int)sizeof text)
        return false;
    memcpy(text, natsMsg_GetData(answer), (size_t)size);
    text[size] = '\0';
    if (strstr(text, ERROR_EXISTS)) {
        part->end = OUTBOX_EXISTS;
        part->place = number_behind(text, "wrong last sequence: ");
        return part->place > 0;
    }
    part->end = OUTBOX_STORED;
    if (strstr(text, "\"success\":true") || strstr(text, ERROR_GONE) || strstr(text, ERROR_NEVER))
        return true;
    part->place = strstr(text, "\"error\"") ? 0 : number_behind(text, "\"seq\":");
    return part->place > 0;
}
