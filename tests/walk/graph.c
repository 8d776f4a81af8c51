/* Which job could not go on before which other had ended, and when: to tell whether a wait that
 * was refused could really not have ended. */
#include <string.h>

#include "books.h"

enum { RECORDS_MAX = 8192 };

/* A job that could not go on: before any, or all, of these had ended. */
struct record {
    atomic_uint waiter, kind, count, jobs[OTHERS_MAX];
    atomic_llong begun, ended; /* 0: still */
};

static struct record records[RECORDS_MAX];
static atomic_uint used;

void graph_open(void)
{
    unsigned count = atomic_load(&used);
    memset(records, 0, (count < RECORDS_MAX ? count : RECORDS_MAX) * sizeof records[0]);
    atomic_store(&used, 0);
}

static void set(atomic_uint *word, unsigned value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

static unsigned get(const atomic_uint *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

unsigned graph_enter(unsigned waiter, enum wait_kind kind, const uint16_t *jobs, unsigned count)
{
    unsigned number = atomic_fetch_add_explicit(&used, 1, memory_order_relaxed);
    if (number >= RECORDS_MAX)
        return RECORDS_MAX;
    struct record *record = &records[number];
    set(&record->waiter, waiter);
    set(&record->kind, kind);
    for (unsigned i = 0; i < count && i < OTHERS_MAX; i++)
        set(&record->jobs[i], jobs[i]);
    set(&record->count, count);
    atomic_store_explicit(&record->begun, now(), memory_order_relaxed);
    return number;
}

void graph_leave(unsigned record)
{
    if (record < RECORDS_MAX)
        atomic_store_explicit(&records[record].ended, now(), memory_order_relaxed);
}

/* Which jobs may end without those that the calling thread is in. */
struct search {
    bool free[JOBS_MAX];
    bool held_up[JOBS_MAX]; /* by something, in this round */
    long long begun;
};

static bool group_is_free(const struct search *search, unsigned group)
{
    for (unsigned job = 0; job < plan.jobs; job++)
        if (!search->free[job] && plan.job_server[job] == group / GROUPS &&
            plan.traits[job].group == (int)(group % GROUPS))
            return false;
    return true;
}

/* Whether what waits for these jobs can go on. */
static bool are_free(const struct search *search, enum wait_kind kind, const unsigned *jobs,
                     unsigned count)
{
    unsigned free = 0;
    if (kind == WAITS_FOR_GROUP)
        return group_is_free(search, jobs[0]);
    for (unsigned i = 0; i < count; i++)
        free += search->free[jobs[i]];
    return kind == WAITS_FOR_ALL ? free == count : free > 0 || !count;
}

static bool overlaps(const struct search *search, const struct record *record)
{
    long long ended = atomic_load_explicit(&record->ended, memory_order_relaxed);
    return atomic_load_explicit(&record->begun, memory_order_relaxed) &&
           (!ended || ended >= search->begun);
}

static void look_at_records(struct search *search)
{
    unsigned count = get(&used);
    for (unsigned i = 0; i < count && i < RECORDS_MAX; i++) {
        struct record *record = &records[i];
        unsigned jobs[OTHERS_MAX], many = get(&record->count);
        if (!overlaps(search, record))
            continue;
        for (unsigned k = 0; k < many; k++)
            jobs[k] = get(&record->jobs[k]);
        if (!are_free(search, (enum wait_kind)get(&record->kind), jobs, many))
            search->held_up[get(&record->waiter)] = true;
    }
}

static void look_at_turns(struct search *search)
{
    for (unsigned job = 0; job < plan.jobs; job++) {
        struct book *book = &books[job];
        unsigned others[AFTER_MAX], count = get(&book->after_count);
        long long entered = atomic_load_explicit(&book->entered, memory_order_relaxed);
        for (unsigned i = 0; i < count; i++)
            others[i] = get(&book->after[i]);
        if ((!entered || entered >= search->begun) &&
            !are_free(search, WAITS_FOR_ALL, others, count))
            search->held_up[job] = true;
    }
}

/* Those that nothing holds up are free, and then those that only they held up, and so on. All waits
 * that there were at any moment since `begun` count as if there were all at once. */
static void find_free(struct search *search)
{
    for (bool grown = true; grown;) {
        grown = false;
        memset(search->held_up, 0, sizeof search->held_up);
        for (struct layer *layer = actor_here()->layer; layer; layer = layer->outer)
            if (layer->job != NO_JOB)
                search->held_up[layer->job] = true;
        look_at_records(search);
        look_at_turns(search);
        for (unsigned job = 0; job < plan.jobs; job++)
            if (!search->free[job] && !search->held_up[job])
                search->free[job] = grown = true;
    }
}

bool graph_explains_refusal(enum wait_kind kind, const uint16_t *jobs, unsigned count,
                            long long begun)
{
    struct search search = {.begun = begun};
    unsigned wanted[OTHERS_MAX];
    if (get(&used) >= RECORDS_MAX)
        return true; /* not all is known */
    find_free(&search);
    for (unsigned i = 0; i < count; i++)
        wanted[i] = jobs[i];
    return !are_free(&search, kind, wanted, count);
}
