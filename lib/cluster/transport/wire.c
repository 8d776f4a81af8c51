/* Writes and reads the bytes of every message: see wire.h. */
#include "wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* First in every message; the last digit is the version of the format. */
static const char jobs_mark[8] = "yokejob3", results_mark[8] = "yokeres3",
                  started_mark[8] = "yokerun2", progress_mark[8] = "yokepro1",
                  info_mark[8] = "yokeabt2", entry_mark[8] = "yokekey1";
static const char session_suffix[] = "-kept";

/* ---- writing --------------------------------------------------------------------------------- */

static unsigned char *put_bytes(unsigned char *at, const void *bytes, uint64_t size)
{
    at = yoke_pack_u64(at, size);
    if (bytes && size)
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

static size_t write_head(unsigned char *head, const char mark[8], const char *name)
{
    memcpy(head, mark, 8);
    return (size_t)(put_text(head + 8, name) - head);
}

size_t wire_jobs_head(unsigned char head[WIRE_HEAD_SIZE], const char *client)
{
    return write_head(head, jobs_mark, client);
}

size_t wire_results_head(unsigned char head[WIRE_HEAD_SIZE], const char *node)
{
    return write_head(head, results_mark, node);
}

unsigned char *wire_job_write(const struct wire_job *job, size_t *size)
{
    *size = 7 * 8 + (size_t)job->argument_size;
    unsigned char *memory = malloc(WIRE_HEAD_SIZE + *size);
    if (memory) {
        unsigned char *at = yoke_pack_u64(memory + WIRE_HEAD_SIZE, job->sequence);
        at = yoke_pack_u64(at, job->time_limit);
        at = yoke_pack_u64(at, job->deliveries);
        at = yoke_pack_u64(at, job->earlier);
        at = yoke_pack_u64(at, job->tries);
        at = yoke_pack_u64(at, job->result_size);
        put_bytes(at, job->argument, job->argument_size);
    }
    return memory;
}

unsigned char *wire_result_write(const struct wire_result *result, size_t *size)
{
    *size = 9 * 8 + strlen(result->message) + (size_t)result->output_size + (size_t)result->size;
    unsigned char *memory = malloc(WIRE_HEAD_SIZE + *size);
    if (memory) {
        unsigned char *at = yoke_pack_u64(memory + WIRE_HEAD_SIZE, result->sequence);
        at = yoke_pack_u64(at, (uint64_t)result->state);
        at = yoke_pack_u64(at, (uint64_t)result->status);
        at = yoke_pack_u64(at, result->busy);
        at = yoke_pack_u64(at, result->progress);
        at = yoke_pack_u64(at, result->total);
        at = put_text(at, result->message);
        at = put_bytes(at, result->output, result->output_size);
        put_bytes(at, result->bytes, result->size);
    }
    return memory;
}

unsigned char *wire_result_bytes(unsigned char *memory, size_t size, size_t result_size)
{
    return memory + WIRE_HEAD_SIZE + size - result_size;
}

unsigned char *wire_started_write(const struct wire_started *started, size_t *size)
{
    *size = 8 + 3 * 8 + strlen(started->node) + 8 * (size_t)started->count;
    unsigned char *bytes = malloc(*size);
    if (bytes) {
        memcpy(bytes, started_mark, 8);
        unsigned char *at = yoke_pack_u64(bytes + 8, started->delivery);
        put_bytes(put_text(at, started->node), started->sequences, 8 * started->count);
    }
    return bytes;
}

unsigned char *wire_progress_write(const struct wire_progress *progress, size_t *size)
{
    *size = 8 + 8 + WIRE_PROGRESS_SIZE * (size_t)progress->count;
    unsigned char *bytes = malloc(*size);
    if (bytes) {
        memcpy(bytes, progress_mark, 8);
        put_bytes(bytes + 8, progress->jobs, WIRE_PROGRESS_SIZE * progress->count);
    }
    return bytes;
}

/* ---- reading: after the first piece that is missing or wrong nothing more is read ------------ */

static struct wire_reader reader_start(const char mark[8], const void *bytes, size_t size)
{
    if (size < 8 || memcmp(bytes, mark, 8) != 0)
        return (struct wire_reader){NULL, 0, false};
    return (struct wire_reader){(const unsigned char *)bytes + 8, size - 8, true};
}

static uint64_t get_number(struct wire_reader *reader, uint64_t most)
{
    uint64_t value;
    if (!reader->good || reader->left < 8)
        return reader->good = false, 0;
    reader->at = yoke_unpack_u64(reader->at, &value);
    reader->left -= 8;
    reader->good = value <= most;
    return reader->good ? value : 0;
}

static const void *get_bytes(struct wire_reader *reader, uint64_t *size)
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
static void get_text(struct wire_reader *reader, char *text, size_t room)
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

static void get_name(struct wire_reader *reader, char *name, size_t room)
{
    get_text(reader, name, room);
    reader->good = reader->good && wire_name_valid(name, room - 1);
}

bool wire_job_next(struct wire_reader *reader, struct wire_job *job)
{
    job->sequence = get_number(reader, UINT64_MAX);
    job->time_limit = get_number(reader, INT64_MAX);
    job->deliveries = get_number(reader, UINT32_MAX);
    job->earlier = get_number(reader, UINT32_MAX);
    job->tries = get_number(reader, WIRE_TRIES_MAX);
    job->result_size = get_number(reader, WIRE_SIZE_MAX);
    job->argument = get_bytes(reader, &job->argument_size);
    return reader->good = reader->good && job->deliveries > 0;
}

bool wire_result_next(struct wire_reader *reader, struct wire_result *result)
{
    result->sequence = get_number(reader, UINT64_MAX);
    result->state = (yoke_state)get_number(reader, YOKE_STATES - 1);
    result->status = (yoke_status)get_number(reader, YOKE_LOST);
    result->busy = get_number(reader, INT64_MAX);
    result->progress = get_number(reader, UINT64_MAX);
    result->total = get_number(reader, UINT64_MAX);
    get_text(reader, result->message, sizeof result->message);
    result->output = get_bytes(reader, &result->output_size);
    result->bytes = get_bytes(reader, &result->size);
    return reader->good = reader->good && result->state >= YOKE_STATE_DONE &&
                          (result->state == YOKE_STATE_DONE) == (result->status == YOKE_OK) &&
                          (result->state == YOKE_STATE_DONE || result->size == 0);
}

size_t wire_jobs_open(struct wire_reader *reader, char client[WIRE_CLIENT_SIZE], const void *bytes,
                      size_t size)
{
    *reader = reader_start(jobs_mark, bytes, size);
    get_name(reader, client, WIRE_CLIENT_SIZE);
    struct wire_reader ahead = *reader;
    struct wire_job job;
    size_t count = 0;
    while (ahead.good && ahead.left && wire_job_next(&ahead, &job))
        count++;
    return ahead.good ? count : 0;
}

size_t wire_results_open(struct wire_reader *reader, char node[YOKE_CLUSTER_NAME_MAX + 1],
                         const void *bytes, size_t size)
{
    *reader = reader_start(results_mark, bytes, size);
    get_name(reader, node, YOKE_CLUSTER_NAME_MAX + 1);
    struct wire_reader ahead = *reader;
    struct wire_result result;
    size_t count = 0;
    while (ahead.good && ahead.left && wire_result_next(&ahead, &result))
        count++;
    return ahead.good ? count : 0;
}

bool wire_started_read(struct wire_started *started, const void *bytes, size_t size)
{
    struct wire_reader reader = reader_start(started_mark, bytes, size);
    started->delivery = get_number(&reader, UINT32_MAX);
    get_name(&reader, started->node, sizeof started->node);
    uint64_t length;
    started->sequences = get_bytes(&reader, &length);
    started->count = length / 8;
    return reader.good && reader.left == 0 && started->delivery > 0 && started->count > 0 &&
           length % 8 == 0;
}

bool wire_progress_read(struct wire_progress *progress, const void *bytes, size_t size)
{
    struct wire_reader reader = reader_start(progress_mark, bytes, size);
    uint64_t length;
    progress->jobs = get_bytes(&reader, &length);
    progress->count = length / WIRE_PROGRESS_SIZE;
    return reader.good && reader.left == 0 && progress->count > 0 &&
           length % WIRE_PROGRESS_SIZE == 0;
}

/* ---- about a node ---------------------------------------------------------------------------- */

unsigned char *wire_info_write(const struct wire_info *info, size_t *size)
{
    *size = 8 + 12 * 8 + strlen(info->name) + strlen(info->host) + strlen(info->version) +
            strlen(info->kernels);
    unsigned char *bytes = malloc(*size);
    if (!bytes)
        return NULL;
    unsigned char *at = bytes + write_head(bytes, info_mark, info->name);
    at = put_text(put_text(put_text(at, info->host), info->version), info->kernels);
    const uint64_t numbers[] = {info->workers, info->cores,    info->load, info->active,
                                info->taken,   info->reported, info->lost, info->malformed};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        at = yoke_pack_u64(at, numbers[i]);
    return bytes;
}

bool wire_info_read(struct wire_info *info, const void *bytes, size_t size)
{
    struct wire_reader reader = reader_start(info_mark, bytes, size);
    get_name(&reader, info->name, sizeof info->name);
    get_text(&reader, info->host, sizeof info->host);
    get_text(&reader, info->version, sizeof info->version);
    get_text(&reader, info->kernels, sizeof info->kernels);
    info->workers = get_number(&reader, UINT32_MAX);
    info->cores = get_number(&reader, UINT32_MAX);
    info->load = get_number(&reader, UINT32_MAX);
    info->active = get_number(&reader, INT64_MAX);
    info->taken = get_number(&reader, INT64_MAX);
    info->reported = get_number(&reader, INT64_MAX);
    info->lost = get_number(&reader, INT64_MAX);
    info->malformed = get_number(&reader, INT64_MAX);
    return reader.good && reader.left == 0;
}

/* ---- what a durable program keeps ------------------------------------------------------------ */

unsigned char *wire_entry_write(const struct wire_entry *entry, size_t *size)
{
    *size = 8 + 4 * 8 + strlen(entry->channel);
    unsigned char *memory = malloc(WIRE_HEAD_SIZE + *size);
    if (memory) {
        memcpy(memory + WIRE_HEAD_SIZE, entry_mark, 8);
        unsigned char *at = yoke_pack_u64(memory + WIRE_HEAD_SIZE + 8, entry->sequence);
        at = yoke_pack_u64(yoke_pack_u64(at, entry->digest), entry->result_size);
        put_text(at, entry->channel);
    }
    return memory;
}

bool wire_entry_read(struct wire_entry *entry, const void *bytes, size_t size)
{
    struct wire_reader reader = reader_start(entry_mark, bytes, size);
    entry->sequence = get_number(&reader, UINT64_MAX);
    entry->digest = get_number(&reader, UINT64_MAX);
    entry->result_size = get_number(&reader, WIRE_SIZE_MAX);
    get_text(&reader, entry->channel, sizeof entry->channel);
    return reader.good && reader.left == 0;
}

void wire_session_client_write(char client[WIRE_CLIENT_SIZE], const char *name)
{
    snprintf(client, WIRE_CLIENT_SIZE, "%.*s%s", YOKE_CLUSTER_NAME_MAX, name, session_suffix);
}

bool wire_is_session_client(const char *client)
{
    size_t length = strlen(client), suffix = sizeof session_suffix - 1;
    return length > suffix && strcmp(client + length - suffix, session_suffix) == 0;
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
void wire_id_write_all(char id[WIRE_ID_SIZE], const char *client)
{
    snprintf(id, WIRE_ID_SIZE, "%s.*", client);
}

bool wire_id_read_all(const char *id, char client[WIRE_CLIENT_SIZE])
{
    size_t size = strlen(id);
    if (size < 3 || size - 2 >= WIRE_CLIENT_SIZE || strcmp(id + size - 2, ".*") != 0)
        return false;
    memcpy(client, id, size - 2);
    client[size - 2] = '\0';
    return wire_name_valid(client, WIRE_CLIENT_SIZE - 1);
}
