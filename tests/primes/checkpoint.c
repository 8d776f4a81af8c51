/* The checkpoint file: what is written is read back, and nothing else. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "primes/checkpoint.h"
#include "random.h"
#include "with_folder.h"

static const struct checkpoint example = {
    .start = 1000,
    .stop = UINT64_C(1000000000000),
    .algorithm = 1,
    .double_check = true,
    .done = UINT64_C(350000000000),
    .totals = {UINT64_C(13693553105), {(uint128)127 << 64 | 4242, 0}},
};

static bool same(const struct checkpoint *a, const struct checkpoint *b)
{
    return a->start == b->start && a->stop == b->stop && a->algorithm == b->algorithm &&
           a->double_check == b->double_check && a->done == b->done &&
           a->totals.count == b->totals.count && uint256_equal(a->totals.sum, b->totals.sum);
}

Test(checkpoint, what_is_written_is_read_back)
{
    uint64_t random = 1;
    for (int round = 0; round < 1000; round++) {
        struct checkpoint read, written = {.stop = UINT64_MAX};
        written.start = random_next(&random) >> random_below(&random, 64);
        written.done =
            written.start + random_below(&random, UINT64_MAX - (uint64_t)written.start) + 1;
        written.algorithm = (unsigned)random_below(&random, 3);
        written.double_check = random_below(&random, 2);
        written.totals.count = random_next(&random);
        written.totals.sum.lo = (uint128)random_next(&random) << 64 | random_next(&random);
        if (round % 2) { /* beyond 2^64 */
            written.stop = (uint128)random_next(&random) << 64;
            written.done = written.stop / 2;
            written.totals.count <<= 20;
            written.totals.sum.hi = (uint128)random_next(&random) << 64 | random_next(&random);
        }
        char text[CHECKPOINT_TEXT_SIZE];
        size_t size = checkpoint_text(&written, text);
        cr_assert_lt(size, CHECKPOINT_TEXT_SIZE - 1);
        cr_assert_null(checkpoint_parse(text, size, &read));
        cr_assert(same(&read, &written));
    }
}

/* A file that another version of this library must read as well. */
Test(checkpoint, the_format_stays)
{
    static const char expected[] = "yoke checkpoint 1\nstart 1000\nstop 1000000000000\n"
                                   "algorithm 1\ndouble-check 1\ndone 350000000000\n"
                                   "count 13693553105\nsum 2342736497361113059474\n"
                                   "checksum 14504683477118327361\n";
    char text[CHECKPOINT_TEXT_SIZE];
    checkpoint_text(&example, text);
    cr_assert_str_eq(text, expected);
}

Test(checkpoint, every_wrong_byte_is_refused, .timeout = 60)
{
    char text[CHECKPOINT_TEXT_SIZE];
    size_t size = checkpoint_text(&example, text);
    struct checkpoint read;
    for (size_t i = 0; i < size; i++) {
        for (int change = 1; change < 256; change++) {
            text[i] = (char)(text[i] ^ change);
            cr_assert_not_null(checkpoint_parse(text, size, &read), "byte %zu ^ %d", i, change);
            text[i] = (char)(text[i] ^ change);
        }
    }
    cr_assert_null(checkpoint_parse(text, size, &read));
}

Test(checkpoint, every_other_length_is_refused)
{
    char text[2 * CHECKPOINT_TEXT_SIZE] = "";
    size_t size = checkpoint_text(&example, text);
    struct checkpoint read;
    for (size_t length = 0; length < sizeof text; length++)
        cr_assert((checkpoint_parse(text, length, &read) == NULL) == (length == size), "%zu",
                  length);
}

/* ---- in the midst of sums ------------------------------------------------------------------- */

static struct checkpoint with_sums(uint64_t *random, size_t sums, size_t inside)
{
    struct checkpoint written = example;
    for (size_t i = 0; i < sums + inside; i++)
        record_add(i < sums ? &written.sums : &written.inside, (uint128)random_next(random)
                                                                   << random_below(random, 65));
    return written;
}

static void close_sums(struct checkpoint *checkpoint)
{
    record_close(&checkpoint->sums);
    record_close(&checkpoint->inside);
}

static bool same_record(const struct record *a, const struct record *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->number, b->number, a->count * sizeof *a->number) == 0);
}

Test(checkpoint, sums_are_read_back, .timeout = 60)
{
    uint64_t random = 3;
    for (size_t round = 0; round < 50; round++) {
        struct checkpoint read = {0};
        struct checkpoint written = with_sums(&random, round % 5, round % 7 * round);
        char *text = malloc(checkpoint_text_size(&written));
        size_t size = checkpoint_text(&written, text);
        cr_assert_lt(size, checkpoint_text_size(&written));
        cr_assert_null(checkpoint_parse(text, size, &read));
        cr_assert(same(&read, &written));
        cr_assert(same_record(&read.sums, &written.sums));
        cr_assert(same_record(&read.inside, &written.inside));
        close_sums(&read);
        close_sums(&written);
        free(text);
    }
}

Test(checkpoint, damaged_sums_are_refused, .timeout = 60)
{
    uint64_t random = 4;
    struct checkpoint written = with_sums(&random, 2, 20);
    struct checkpoint read = {0};
    char *text = malloc(checkpoint_text_size(&written));
    size_t size = checkpoint_text(&written, text);
    for (size_t i = 0; i < size; i++) {
        for (int change = 1; change < 256; change *= 2) {
            text[i] = (char)(text[i] ^ change);
            cr_assert_not_null(checkpoint_parse(text, size, &read), "byte %zu ^ %d", i, change);
            text[i] = (char)(text[i] ^ change);
        }
        cr_assert_not_null(checkpoint_parse(text, i, &read), "cut to %zu bytes", i);
    }
    cr_assert_null(checkpoint_parse(text, size, &read));
    close_sums(&read);
    close_sums(&written);
    free(text);
}

/* Sound text that says what cannot be. */
Test(checkpoint, a_list_that_claims_to_be_long_is_refused, .timeout = 60)
{
    static const char text[] = "yoke checkpoint 1\nstart 0\nstop 9\nalgorithm 0\ndouble-check 0\n"
                               "done 0\ncount 0\nsum 0\nsums 99999999999999\nnone\n";
    struct checkpoint read = {0};
    cr_assert_not_null(checkpoint_parse(text, sizeof text - 1, &read));
}

Test(checkpoint, progress_outside_of_the_interval_is_refused)
{
    char text[CHECKPOINT_TEXT_SIZE];
    struct checkpoint read, wrong = example;
    wrong.done = wrong.start - 1;
    cr_assert_not_null(checkpoint_parse(text, checkpoint_text(&wrong, text), &read));
    wrong.done = wrong.stop + 1;
    cr_assert_not_null(checkpoint_parse(text, checkpoint_text(&wrong, text), &read));
}

/* Random bytes, and random damage to a good text, down to the bytes that its grammar is made of. */
Test(checkpoint, random_bytes_are_refused, .timeout = 60)
{
    static const char grammar[] = "0123456789\n yokechpint";
    uint64_t random = 2;
    for (int round = 0; round < 200000; round++) {
        char text[CHECKPOINT_TEXT_SIZE + 64], good[CHECKPOINT_TEXT_SIZE];
        size_t size = checkpoint_text(&example, good);
        size_t length = random_below(&random, 2) ? size : random_below(&random, sizeof text);
        for (size_t i = 0; i < length; i++)
            text[i] = (char)random_next(&random);
        if (random_below(&random, 4)) {
            memcpy(text, good, length < size ? length : size);
            for (uint64_t changes = 1 + random_below(&random, 6); changes && length; changes--)
                text[random_below(&random, length)] =
                    grammar[random_below(&random, sizeof grammar - 1)];
        }
        struct checkpoint read = example;
        bool taken = checkpoint_parse(text, length, &read) == NULL;
        cr_assert_eq(taken, length == size && memcmp(text, good, size) == 0);
        cr_assert(same(&read, &example));
    }
}

/* ---- files -------------------------------------------------------------------------------- */

static struct checkpoint beginning(void)
{
    struct checkpoint start = example;
    start.done = start.start;
    start.totals = (struct wide_totals){0};
    return start;
}

Test(checkpoint, a_file_is_taken_up_where_it_was_left, .init = make_folder, .fini = remove_folder)
{
    struct checkpoint_file file;
    struct checkpoint now = beginning();
    cr_assert_eq(checkpoint_open(&file, path, false, &now), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(checkpoint_write(&file, &example), YOKE_OK, "%s", yoke_last_error());

    struct checkpoint_file second;
    struct checkpoint other = beginning();
    cr_assert_eq(checkpoint_open(&second, path, true, &other), YOKE_SYSTEM);
    cr_assert_not_null(strstr(yoke_last_error(), "in use"), "%s", yoke_last_error());
    checkpoint_close(&file);

    cr_assert_eq(checkpoint_open(&second, path, false, &other), YOKE_SYSTEM);
    cr_assert_not_null(strstr(yoke_last_error(), "exists already"), "%s", yoke_last_error());
    cr_assert_eq(checkpoint_open(&second, path, true, &other), YOKE_OK);
    cr_assert(same(&other, &example));
    checkpoint_close(&second);
}

Test(checkpoint, a_file_of_another_run_is_refused, .init = make_folder, .fini = remove_folder)
{
    struct checkpoint_file file;
    struct checkpoint now = beginning();
    cr_assert_eq(checkpoint_open(&file, path, false, &now), YOKE_OK, "%s", yoke_last_error());
    checkpoint_close(&file);
    struct checkpoint others[4] = {now, now, now, now};
    static const char *const words[] = {"interval", "interval", "algorithm", "double check"};
    others[0].start++;
    others[1].stop--;
    others[2].algorithm = 2;
    others[3].double_check = false;
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(checkpoint_open(&file, path, true, &others[i]), YOKE_SYSTEM);
        cr_assert_not_null(strstr(yoke_last_error(), words[i]), "%s", yoke_last_error());
    }
    cr_assert_eq(checkpoint_open(&file, path, true, &now), YOKE_OK);
    checkpoint_close(&file);
}

Test(checkpoint, a_failed_write_leaves_the_last_file, .init = make_folder, .fini = remove_folder)
{
    struct checkpoint_file file;
    struct checkpoint now = beginning();
    cr_assert_eq(checkpoint_open(&file, path, false, &now), YOKE_OK, "%s", yoke_last_error());
    char obstacle[160];
    snprintf(obstacle, sizeof obstacle, "%s.new", path);
    cr_assert_eq(mkdir(obstacle, 0777), 0);
    cr_assert_eq(checkpoint_write(&file, &example), YOKE_SYSTEM);
    cr_assert_not_null(strstr(yoke_last_error(), "cannot write"), "%s", yoke_last_error());
    checkpoint_close(&file);

    struct checkpoint read = now;
    cr_assert_eq(checkpoint_open(&file, path, true, &read), YOKE_OK, "%s", yoke_last_error());
    cr_assert(same(&read, &now));
    checkpoint_close(&file);
}

Test(checkpoint, what_cannot_be_a_checkpoint_is_named, .init = make_folder, .fini = remove_folder)
{
    struct checkpoint_file file;
    struct checkpoint now = beginning();
    const char *const strange[] = {folder, "/dev/null", "/dev/zero"};
    for (int i = 0; i < 6; i++) {
        cr_assert_eq(checkpoint_open(&file, strange[i / 2], i % 2, &now), YOKE_SYSTEM);
        cr_assert_not_null(strstr(yoke_last_error(), "no regular file"), "%s", yoke_last_error());
    }
    cr_assert_eq(checkpoint_open(&file, "/no/such/folder/file", false, &now), YOKE_SYSTEM);
    cr_assert_not_null(strstr(yoke_last_error(), "No such file"), "%s", yoke_last_error());
    FILE *foreign = fopen(path, "w");
    fputs("dear diary\n", foreign);
    fclose(foreign);
    for (int resume = 0; resume < 2; resume++) {
        cr_assert_eq(checkpoint_open(&file, path, resume, &now), YOKE_SYSTEM);
        cr_assert_not_null(strstr(yoke_last_error(), "no checkpoint of yoke"), "%s",
                           yoke_last_error());
        cr_assert_null(strstr(yoke_last_error(), "remove"), "it is the user's own file");
    }
}
