/* Parallel Python's search for the number behind an MD5 sum, with what that lacks: at the first hit
 * the other jobs are cancelled. Queued ones never start, running ones leave at their next look at
 * yoke_context_cancelled(). */
#include <md5.h>
#include <stdio.h>
#include <string.h>

#include "example.h"

enum { FIRST = 1, END = 2000000, PARTS = 128, STEP = (END - FIRST) / PARTS + 1 };

struct hash {
    uint8_t bytes[MD5_DIGEST_LENGTH];
};

struct search {
    struct hash hash;
    int from, to; /* to is not included */
};

static struct hash hash_of(int number)
{
    char text[16];
    int length = snprintf(text, sizeof text, "%d", number);
    struct hash hash;
    MD5_CTX state;
    MD5Init(&state);
    MD5Update(&state, (const uint8_t *)text, (size_t)length);
    MD5Final(hash.bytes, &state);
    return hash;
}

/* The kernel: the result is the number, or 0 when it is not in this part. */
static yoke_status find(yoke_context *context, const void *argument, void *result)
{
    const struct search *search = argument;
    for (int number = search->from; number < search->to; number++) {
        if (yoke_context_cancelled(context))
            return YOKE_CANCELLED;
        struct hash hash = hash_of(number);
        if (memcmp(&hash, &search->hash, sizeof hash) == 0) {
            *(int *)result = number;
            break;
        }
    }
    return YOKE_OK;
}

static yoke_job *submit(yoke_server *server, const struct search *search)
{
    yoke_job *job;
    must(yoke_submit(server, &YOKE_TASK(find, *search, int), &job));
    return job;
}

/* Waits for the jobs in turn until one has found the number, and cancels those behind it. */
static int first_hit(yoke_job **jobs)
{
    int found = 0, next = 0;
    while (!found && next < PARTS)
        must(yoke_job_result(jobs[next++], &found, sizeof found));
    for (int i = next; i < PARTS; i++)
        must(yoke_job_cancel(jobs[i]));
    return found;
}

/* How many jobs were cancelled. Some may have ended just before. */
static int release_all(yoke_job **jobs)
{
    int cancelled = 0;
    for (int i = 0; i < PARTS; i++) {
        must(yoke_job_wait(jobs[i], YOKE_FOREVER));
        cancelled += yoke_job_state(jobs[i]) == YOKE_STATE_CANCELLED;
        yoke_job_release(jobs[i]);
    }
    return cancelled;
}

static int run(yoke_server *server)
{
    struct search search = {.hash = hash_of(1829182)};
    char text[2 * sizeof search.hash + 1];
    for (size_t i = 0; i < sizeof search.hash; i++)
        snprintf(text + 2 * i, 3, "%02x", search.hash.bytes[i]);
    printf("hash = %s\n", text);

    yoke_job *jobs[PARTS];
    for (int i = 0; i < PARTS; i++) {
        search.from = FIRST + i * STEP;
        search.to = search.from + STEP < END ? search.from + STEP : END;
        jobs[i] = submit(server, &search);
    }
    int found = first_hit(jobs);
    if (found)
        printf("Reverse md5 for %s is %d\n", text, found);
    else
        printf("Reverse md5 for %s has not been found\n", text);
    printf("%d of %d jobs were cancelled\n", release_all(jobs), PARTS);
    return 0;
}

int main(int count, char **words)
{
    static const struct example example = {
        "reverse_md5", "Finds the number behind an MD5 sum, and cancels the jobs that search on.",
        true, run};
    return example_main(&example, count, words);
}
