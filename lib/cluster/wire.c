#include "wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* First in every message; the last digit is the version of the format. */
static const char job_mark[8] = "yokejob1", result_mark[8] = "yokeres1",
                  started_mark[8] = "yokerun1";

/* ---- writing --------------------------------------------------------------------------------- */

static unsigned char *put_bytes(unsigned char *at, const void *bytes, uint64_t size)
{
    at = yoke_pack_u64(at, size);
    if (size)
        memcpy(at, bytes, size);
    return at + size;
}

/* A kernel may say anything; the reader takes lines that are safe on a terminal. */
static unsigned char *put_text(unsigned char *at, const char *text)
{
    unsigned char *end = put_bytes(at, text, strlen(text));
    for (unsigned char *c = at + 8; c < end; c++) {
        if (*c < ' ' || *c == 0x7f)
            *c = '?';
    }
    return end;
}

static unsigned char *start(const char mark[8], size_t size)
{
    unsigned char *bytes = malloc(size);
    return bytes ? memcpy(bytes, mark, 8) : NULL;
}

unsigned char *wire_job_write(const struct wire_job *job, size_t *size)
{
    *size = 8 + 4 * 8 + (size_t)job->argument_size;
    unsigned char *bytes = start(job_mark, *size);
    if (bytes) {
        unsigned char *at = yoke_pack_u64(bytes + 8, job->time_limit);
        at = yoke_pack_u64(at, job->deliveries);
        at = yoke_pack_u64(at, job->result_size);
        put_bytes(at, job->argument, job->argument_size);
    }
    return bytes;
}

unsigned char *wire_result_write(const struct wire_result *result, size_t *size)
{
    *size = 8 + 6 * 8 + strlen(result->node) + strlen(result->message) + (size_t)result->size;
    unsigned char *bytes = start(result_mark, *size);
    if (bytes) {
        unsigned char *at = yoke_pack_u64(bytes + 8, (uint64_t)result->state);
        at = yoke_pack_u64(at, (uint64_t)result->status);
        at = yoke_pack_u64(at, result->busy);
        at = put_text(put_text(at, result->node), result->message);
        put_bytes(at, result->bytes, result->size);
    }
    return bytes;
}

unsigned char *wire_started_write(const struct wire_started *started, size_t *size)
{
    *size = 8 + 3 * 8 + strlen(started->node);
    unsigned char *bytes = start(started_mark, *size);
    if (bytes) {
        unsigned char *at = yoke_pack_u64(bytes + 8, started->sequence);
        put_text(yoke_pack_u64(at, started->delivery), started->node);
    }
    return bytes;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* After the first piece that is missing or wrong nothing more is read. */
struct reader {
    const unsigned char *at;
    size_t left;
    bool good;
};

static struct reader reader_start(const char mark[8], const void *bytes, size_t size)
{
    if (size < 8 || memcmp(bytes, mark, 8) != 0)
        return (struct reader){NULL, 0, false};
    return (struct reader){(const unsigned char *)bytes + 8, size - 8, true};
}

static uint64_t get_number(struct reader *reader, uint64_t most)
{
    uint64_t value;
    if (!reader->good || reader->left < 8)
        return reader->good = false, 0;
    reader->at = yoke_unpack_u64(reader->at, &value);
    reader->left -= 8;
    reader->good = value <= most;
    return reader->good ? value : 0;
}

static const void *get_bytes(struct reader *reader, uint64_t *size)
{
    *size = get_number(reader, reader->left);
    if (!reader->good || *size > reader->left)
        return reader->good = false, *size = 0, NULL;
    const void *bytes = reader->at;
    reader->at += *size;
    reader->left -= *size;
    return *size ? bytes : NULL;
}

/* Into room for `room` bytes, the closing zero included. It ends up on terminals. */
static void get_text(struct reader *reader, char *text, size_t room)
{
    uint64_t length;
    const unsigned char *bytes = get_bytes(reader, &length);
    reader->good = reader->good && length < room;
    for (uint64_t i = 0; reader->good && i < length; i++)
        reader->good = bytes[i] >= ' ' && bytes[i] != 0x7f;
    if (!reader->good)
        length = 0;
    if (length)
        memcpy(text, bytes, length);
    text[length] = '\0';
}

static bool reader_end(const struct reader *reader)
{
    return reader->good && reader->left == 0;
}

bool wire_job_read(struct wire_job *job, const void *bytes, size_t size)
{
    struct reader reader = reader_start(job_mark, bytes, size);
    job->time_limit = get_number(&reader, INT64_MAX);
    job->deliveries = get_number(&reader, UINT32_MAX);
    job->result_size = get_number(&reader, WIRE_SIZE_MAX);
    job->argument = get_bytes(&reader, &job->argument_size);
    return reader_end(&reader) && job->deliveries > 0;
}

bool wire_result_read(struct wire_result *result, const void *bytes, size_t size)
{
    struct reader reader = reader_start(result_mark, bytes, size);
    result->state = (yoke_state)get_number(&reader, YOKE_STATE_LOST);
    result->status = (yoke_status)get_number(&reader, YOKE_LOST);
    result->busy = get_number(&reader, INT64_MAX);
    get_text(&reader, result->node, sizeof result->node);
    get_text(&reader, result->message, sizeof result->message);
    result->bytes = get_bytes(&reader, &result->size);
    return reader_end(&reader) && result->state >= YOKE_STATE_DONE &&
           (result->state == YOKE_STATE_DONE) == (result->status == YOKE_OK) &&
           (result->state == YOKE_STATE_DONE || result->size == 0) &&
           wire_name_valid(result->node, YOKE_CLUSTER_NAME_MAX);
}

bool wire_started_read(struct wire_started *started, const void *bytes, size_t size)
{
    struct reader reader = reader_start(started_mark, bytes, size);
    started->sequence = get_number(&reader, UINT64_MAX);
    started->delivery = get_number(&reader, UINT32_MAX);
    get_text(&reader, started->node, sizeof started->node);
    return reader_end(&reader) && started->delivery > 0 &&
           wire_name_valid(started->node, YOKE_CLUSTER_NAME_MAX);
}

/* ---- names ----------------------------------------------------------------------------------- */

bool wire_name_valid(const char *text, size_t most)
{
    size_t length =
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return length > 0 && length <= most && !text[length];
}

void wire_id_write(char id[WIRE_ID_SIZE], const char *client, uint64_t sequence)
{
    snprintf(id, WIRE_ID_SIZE, "%s.%" PRIu64, client, sequence);
}

bool wire_id_read(const char *id, char client[WIRE_CLIENT_SIZE], uint64_t *sequence)
{
    const char *dot = strchr(id, '.');
    size_t length = dot ? (size_t)(dot - id) : 0;
    if (length == 0 || length >= WIRE_CLIENT_SIZE)
        return false;
    memcpy(client, id, length);
    client[length] = '\0';
    *sequence = strtoull(dot + 1, NULL, 10);
    /* One way to write each, so that no two names are the same job. */
    char again[WIRE_ID_SIZE];
    wire_id_write(again, client, *sequence);
    return wire_name_valid(client, WIRE_CLIENT_SIZE - 1) && strcmp(again, id) == 0;
}
