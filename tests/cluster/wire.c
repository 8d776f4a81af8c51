/* The messages of the cluster: what is written is read back, and any other bytes are refused. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/transport/servers.h"
#include "cluster/transport/wire.h"
#include "random.h"

static const struct wire_result sample = {
    .sequence = 77,
    .state = YOKE_STATE_DONE,
    .status = YOKE_OK,
    .busy = 12345,
    .progress = 3,
    .total = UINT64_MAX,
    .message = "",
    .output = "one\ntwo\33",
    .output_size = 8,
    .bytes = "\0\1\2\3",
    .size = 4,
};

static const struct wire_job job = {UINT64_MAX, INT64_MAX, 7, 2, 3, WIRE_SIZE_MAX, "argument", 8};

static const unsigned char job_numbers[16] = {1, 0, 0, 0, 0, 0, 0, 0, 2};

/* Room for what follows. */
struct message {
    unsigned char bytes[512];
    size_t size;
};

static void append(struct message *message, unsigned char *memory, size_t before, size_t size)
{
    cr_assert(memory && message->size + size <= sizeof message->bytes);
    memcpy(message->bytes + message->size, memory + before, size);
    message->size += size;
    free(memory);
}

static struct message write_jobs(unsigned count)
{
    struct message message;
    message.size = wire_jobs_head(message.bytes, "program-0");
    for (unsigned i = 0; i < count; i++) {
        size_t size;
        unsigned char *part = wire_job_write(&job, &size);
        append(&message, part, WIRE_HEAD_SIZE, size);
    }
    return message;
}

static struct message write_results(const struct wire_result *first,
                                    const struct wire_result *second)
{
    struct message message;
    message.size = wire_results_head(message.bytes, "node-7");
    size_t size;
    unsigned char *part = wire_result_write(first, &size);
    append(&message, part, WIRE_HEAD_SIZE, size);
    part = second ? wire_result_write(second, &size) : NULL;
    if (second)
        append(&message, part, WIRE_HEAD_SIZE, size);
    return message;
}

static struct message write_progress(void)
{
    static const unsigned char jobs[2 * WIRE_PROGRESS_SIZE] = {7, 0, 0, 0, 0, 0, 0, 0, 1};
    const struct wire_progress progress = {2, jobs};
    struct message message = {.size = 0};
    size_t size;
    unsigned char *bytes = wire_progress_write(&progress, &size);
    append(&message, bytes, 0, size);
    return message;
}

static struct message write_started(void)
{
    const struct wire_started started = {3, "node", 2, job_numbers};
    struct message message = {.size = 0};
    size_t size;
    unsigned char *bytes = wire_started_write(&started, &size);
    append(&message, bytes, 0, size);
    return message;
}

Test(wire, jobs_are_read_back, .timeout = 10)
{
    struct message message = write_jobs(2);
    struct wire_reader reader;
    struct wire_job back;
    char client[WIRE_CLIENT_SIZE];
    cr_assert_eq(wire_jobs_open(&reader, client, message.bytes, message.size), 2);
    cr_assert_str_eq(client, "program-0");
    for (int i = 0; i < 2; i++) {
        cr_assert(wire_job_next(&reader, &back));
        cr_assert(back.sequence == job.sequence && back.time_limit == job.time_limit);
        cr_assert(back.deliveries == job.deliveries && back.earlier == job.earlier);
        cr_assert_eq(back.tries, job.tries);
        cr_assert(back.result_size == job.result_size && back.argument_size == 8);
        cr_assert_arr_eq(back.argument, "argument", 8);
    }
    cr_assert_not(wire_job_next(&reader, &back));
}

Test(wire, results_are_read_back_and_texts_made_safe, .timeout = 10)
{
    struct wire_result failed = sample, back;
    failed.state = YOKE_STATE_FAILED;
    failed.status = YOKE_JOB_FAILED;
    failed.size = 0;
    strcpy(failed.message, "two\nlines \033[1m");
    struct message message = write_results(&sample, &failed);
    struct wire_reader reader;
    char node[YOKE_CLUSTER_NAME_MAX + 1];
    cr_assert_eq(wire_results_open(&reader, node, message.bytes, message.size), 2);
    cr_assert_str_eq(node, "node-7");
    cr_assert(wire_result_next(&reader, &back));
    cr_assert(back.sequence == 77 && back.state == YOKE_STATE_DONE && back.busy == 12345);
    cr_assert_eq(back.size, 4);
    cr_assert_arr_eq(back.bytes, sample.bytes, 4);
    cr_assert(back.progress == 3 && back.total == UINT64_MAX && back.output_size == 8);
    cr_assert_arr_eq(back.output, sample.output, 8, "as it was printed");
    cr_assert(wire_result_next(&reader, &back));
    cr_assert_str_eq(back.message, "two?lines ?[1m");
    cr_assert_not(wire_result_next(&reader, &back));
}

Test(wire, what_has_started_is_read_back, .timeout = 10)
{
    struct message message = write_started();
    struct wire_started back;
    cr_assert(wire_started_read(&back, message.bytes, message.size));
    cr_assert(back.delivery == 3 && back.count == 2 && strcmp(back.node, "node") == 0);
    cr_assert_arr_eq(back.sequences, job_numbers, sizeof job_numbers);
}

Test(wire, progress_is_read_back, .timeout = 10)
{
    struct message message = write_progress();
    struct wire_progress back;
    uint64_t sequence, done;
    cr_assert(wire_progress_read(&back, message.bytes, message.size));
    cr_assert_eq(back.count, 2);
    yoke_unpack_u64(yoke_unpack_u64(back.jobs, &sequence), &done);
    cr_assert(sequence == 7 && done == 1);
}

/* And nothing that is shorter or longer. */
Test(wire, entries_are_read_back, .timeout = 10)
{
    const struct wire_entry entry = {
        .sequence = 5, .digest = UINT64_MAX, .result_size = 16, .channel = "3:sum_primes.1"};
    struct wire_entry back;
    size_t size;
    unsigned char *memory = wire_entry_write(&entry, &size), *copy = malloc(size + 1);
    cr_assert(memory && copy);
    memcpy(copy, memory + WIRE_HEAD_SIZE, size);
    copy[size] = 'x';
    cr_assert(wire_entry_read(&back, copy, size));
    cr_assert(back.sequence == 5 && back.digest == UINT64_MAX && back.result_size == 16);
    cr_assert_str_eq(back.channel, entry.channel);
    for (size_t other = 0; other <= size + 1; other++)
        cr_assert_eq(wire_entry_read(&back, copy, other), other == size);
    free(memory);
    free(copy);
}

/* Every client whose jobs are kept is known by its name, and no other one. */
Test(wire, kept_clients_have_names_of_their_own, .timeout = 10)
{
    char client[WIRE_CLIENT_SIZE];
    wire_session_client_write(client, "12345678901234567890123456789012");
    cr_assert(wire_is_session_client(client) && wire_name_valid(client, WIRE_CLIENT_SIZE - 1));
    cr_assert_not(wire_is_session_client("name-0123456789abcdef"));
    cr_assert_not(wire_is_session_client("a-kept-0123456789abcdef"));
    cr_assert_not(wire_is_session_client("-kept"));
}

Test(wire, integers_have_one_order_of_bytes)
{
    unsigned char bytes[24];
    uint64_t one;
    yoke_uint128 two;
    yoke_pack_u128(yoke_pack_u64(bytes, 0x0807060504030201), (yoke_uint128){5, 6});
    cr_assert_arr_eq(bytes, "\1\2\3\4\5\6\7\10\5\0\0\0\0\0\0\0\6\0\0\0\0\0\0\0", 24);
    yoke_unpack_u128(yoke_unpack_u64(bytes, &one), &two);
    cr_assert(one == 0x0807060504030201 && two.lo == 5 && two.hi == 6);
}

/* Nothing is read that is not there: the copy ends where the message does, under AddressSanitizer.
 */
static bool is_read(const unsigned char *bytes, size_t size)
{
    unsigned char *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    struct wire_reader reader;
    struct wire_started started;
    struct wire_progress progress;
    char name[WIRE_CLIENT_SIZE];
    bool read = wire_jobs_open(&reader, name, copy, size) > 0 ||
                wire_results_open(&reader, name, copy, size) > 0 ||
                wire_started_read(&started, copy, size) ||
                wire_progress_read(&progress, copy, size);
    free(copy);
    return read;
}

Test(wire, no_part_of_a_message_is_one, .timeout = 10)
{
    const struct message messages[] = {write_jobs(1), write_results(&sample, NULL), write_started(),
                                       write_progress()};
    for (int kind = 0; kind < 4; kind++) {
        size_t size = messages[kind].size;
        unsigned char longer[sizeof messages[kind].bytes + 1] = {0};
        memcpy(longer, messages[kind].bytes, size);
        cr_assert(is_read(longer, size));
        cr_assert_not(is_read(longer, size + 1), "one byte more is too much");
        for (size_t part = 0; part < size; part++)
            cr_assert_not(is_read(longer, part), "%zu of %zu bytes", part, size);
    }
}

Test(wire, a_message_with_one_bad_part_is_bad, .timeout = 10)
{
    struct wire_result bad = sample;
    bad.status = YOKE_SYSTEM;
    struct message message = write_results(&sample, &bad);
    cr_assert_not(is_read(message.bytes, message.size));
    message = write_jobs(0);
    cr_assert_not(is_read(message.bytes, message.size), "no job");
}

Test(wire, random_bytes_are_refused, .timeout = 60)
{
    static const char *const marks[] = {"yokejob3", "yokeres3", "yokerun2", "yokepro1"};
    uint64_t state = 6;
    for (int i = 0; i < 300000; i++) {
        unsigned char bytes[160];
        size_t size = random_below(&state, sizeof bytes + 1);
        for (size_t k = 0; k < size; k++)
            bytes[k] = (unsigned char)random_next(&state);
        if (size >= 8)
            memcpy(bytes, marks[i % 4], 8);
        /* Eight random bytes are no length that fits: the chance is 2^-56. */
        cr_assert_not(is_read(bytes, size));
    }
}

/* One byte of a message is another: whatever is read then obeys its bounds. */
Test(wire, damaged_results_stay_in_their_bounds, .timeout = 60)
{
    uint64_t state = 7;
    const struct message message = write_results(&sample, &sample);
    for (int i = 0; i < 100000; i++) {
        unsigned char copy[512];
        memcpy(copy, message.bytes, message.size);
        copy[random_below(&state, message.size)] = (unsigned char)random_next(&state);
        struct wire_result result;
        struct wire_reader reader;
        char node[YOKE_CLUSTER_NAME_MAX + 1];
        size_t count = wire_results_open(&reader, node, copy, message.size);
        for (size_t k = 0; k < count; k++) {
            cr_assert(wire_result_next(&reader, &result));
            cr_assert(result.state >= YOKE_STATE_DONE && result.state <= YOKE_STATE_LOST);
            cr_assert(result.size <= message.size && wire_name_valid(node, YOKE_CLUSTER_NAME_MAX));
            cr_assert(result.output_size <= message.size);
            cr_assert(memchr(result.message, '\0', sizeof result.message));
        }
    }
}

Test(wire, jobs_have_one_name_each)
{
    static const char *const wrong[] = {"",
                                        ".1",
                                        "a",
                                        "a.",
                                        "a.01",
                                        "a.-1",
                                        "a.b",
                                        "a.1.2",
                                        "a*.1",
                                        "a b.1",
                                        "a.1 ",
                                        "a. 1",
                                        "a.18446744073709551616"};
    char id[WIRE_ID_SIZE], client[WIRE_CLIENT_SIZE], longest[WIRE_CLIENT_SIZE + 1] = "";
    uint64_t sequence;
    memset(longest, 'x', WIRE_CLIENT_SIZE - 1);
    wire_id_write(id, longest, UINT64_MAX);
    cr_assert(wire_id_read(id, client, &sequence));
    cr_assert(strcmp(client, longest) == 0 && sequence == UINT64_MAX);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_not(wire_id_read(wrong[i], client, &sequence), "%s", wrong[i]);
    wire_id_write_all(id, longest);
    cr_assert(wire_id_read_all(id, client));
    cr_assert_str_eq(client, longest);
    cr_assert_not(wire_id_read(id, client, &sequence));
    longest[WIRE_CLIENT_SIZE - 1] = 'x';
    char too_long[WIRE_ID_SIZE + 4];
    snprintf(too_long, sizeof too_long, "%s.1", longest);
    cr_assert_not(wire_id_read(too_long, client, &sequence));
    snprintf(too_long, sizeof too_long, "%s.*", longest);
    cr_assert_not(wire_id_read_all(too_long, client));
    static const char *const not_all[] = {"",     ".",     ".*",  "*",    "a*",
                                          "a.**", "a.b.*", "a.1", "a b.*"};
    for (size_t i = 0; i < sizeof not_all / sizeof *not_all; i++)
        cr_assert_not(wire_id_read_all(not_all[i], client), "%s", not_all[i]);
}

Test(servers, lists_are_read_and_known_as_local_or_not)
{
    static const struct {
        const char *list;
        bool good, loopback;
    } cases[] = {
        {"127.0.0.1:4222", true, true},
        {"localhost:1,[::1]:65535,127.3.2.1:7", true, true},
        {"10.0.0.1:4222", true, false},
        {"127.0.0.1:1,hub.example.org:2", true, false},
        {"127.0.0.1.example.org:2", true, false},
        {"[::2]:4222", true, false},
        {"", false, false},
        {"127.0.0.1", false, false},
        {"127.0.0.1:0", false, false},
        {"127.0.0.1:65536", false, false},
        {"user:password@127.0.0.1:4222", false, false},
        {"nats://127.0.0.1:4222", false, false},
        {"127.0.0.1:1,", false, false},
        {"a b:1", false, false},
        {"[::1:4222", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct servers servers;
        bool good = servers_read(&servers, cases[i].list) == YOKE_OK;
        cr_assert_eq(good, cases[i].good, "%s", cases[i].list);
        cr_assert(!good || servers.loopback == cases[i].loopback, "%s", cases[i].list);
    }
}
