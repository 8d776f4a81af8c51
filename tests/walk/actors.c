/* Threads of the walk and of the library, and what they are doing. */
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "books.h"

enum { ACTORS_MAX = 2048 };

static struct actor actors[ACTORS_MAX];
static pthread_key_t leaving;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local struct actor *here;

atomic_ulong function_calls[FUNCTION_COUNT];
atomic_ulong moves;

const char *const function_names[FUNCTION_COUNT] = {
#define FUNCTION_NAME(name) #name,
    FUNCTIONS(FUNCTION_NAME)
#undef FUNCTION_NAME
};

static void give_back(void *actor)
{
    atomic_store(&((struct actor *)actor)->used, false);
}

static void prepare(void)
{
    pthread_key_create(&leaving, give_back);
}

struct actor *actor_here(void)
{
    if (here)
        return here;
    pthread_once(&once, prepare);
    for (unsigned i = 0; !here; i = (i + 1) % ACTORS_MAX)
        if (!atomic_exchange(&actors[i].used, true))
            here = &actors[i];
    here->layer = NULL;
    atomic_store(&here->depth, 0);
    pthread_setspecific(leaving, here);
    return here;
}

void actor_enter(struct layer *layer)
{
    struct actor *actor = actor_here();
    layer->outer = actor->layer;
    actor->layer = layer;
    unsigned depth = atomic_fetch_add_explicit(&actor->depth, 1, memory_order_relaxed);
    if (depth < DEPTH_SHOWN)
        atomic_store_explicit(&actor->layers[depth], (unsigned)layer->where << 16 | layer->job,
                              memory_order_relaxed);
}

void actor_leave(struct layer *layer)
{
    struct actor *actor = actor_here();
    actor->layer = layer->outer;
    atomic_fetch_sub_explicit(&actor->depth, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&moves, 1, memory_order_relaxed);
}

void actor_calls(enum function function)
{
    atomic_store_explicit(&actor_here()->call, function, memory_order_relaxed);
    atomic_fetch_add_explicit(&function_calls[function], 1, memory_order_relaxed);
}

/* ---- telling --------------------------------------------------------------------------------- */

static void tell_actor(const struct actor *actor, FILE *stream)
{
    static const char *const words[] = {"thread", "kernel", "task", "piece", "callback", ""};
    unsigned depth = atomic_load(&actor->depth);
    fprintf(stream, "  in %s, at \"", function_names[atomic_load(&actor->call)]);
    plan_tell_step(&plan, &plan.step[atomic_load(&actor->step)], stream);
    fputs("\"", stream);
    for (unsigned i = depth < DEPTH_SHOWN ? depth : DEPTH_SHOWN; i--;) {
        unsigned layer = atomic_load(&actor->layers[i]), job = layer & 0xffff;
        fprintf(stream, "%s %s", i + 1 == depth ? ": in the" : " in the", words[layer >> 16]);
        if (job != NO_JOB)
            fprintf(stream, " of job %u", job);
    }
    fputs("\n", stream);
}

static void tell_job(unsigned job, FILE *stream)
{
    static const char *const states[] = {"queued", "running"};
    struct book *book = &books[job];
    yoke_job *handle = atomic_load(&book->begun) ? hold(job) : NULL;
    if (!handle)
        return;
    yoke_state state = yoke_job_state(handle);
    if (state < YOKE_STATE_DONE || yoke_job_wait(handle, 0) != YOKE_OK) {
        fprintf(stream, "  job %u of server %u is %s", job, plan.job_server[job],
                state < YOKE_STATE_DONE ? states[state] : "ended, its callback not called");
        for (unsigned i = 0; i < atomic_load(&book->after_count); i++)
            fprintf(stream, "%s %u", i ? "" : ", after", atomic_load(&book->after[i]));
        fputs("\n", stream);
    }
    drop(job);
}

void actors_tell(FILE *stream)
{
    fputs("who is where:\n", stream);
    for (unsigned i = 0; i < ACTORS_MAX; i++)
        if (atomic_load(&actors[i].used) && atomic_load(&actors[i].depth))
            tell_actor(&actors[i], stream);
    fputs("jobs that have not ended:\n", stream);
    for (unsigned job = 0; job < plan.jobs; job++)
        tell_job(job, stream);
    fflush(stream);
}

void finding(const char *file, int line, const char *format, ...)
{
    static atomic_flag found = ATOMIC_FLAG_INIT;
    while (atomic_flag_test_and_set(&found)) /* the first one tells */
        pause();
    va_list arguments;
    va_start(arguments, format);
    printf("FINDING %s:%d: ", file, line);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n  last error: %s\n  in plan %llu, ", yoke_last_error(),
           (unsigned long long)plan.seed);
    tell_actor(actor_here(), stdout);
    fflush(stdout);
    _exit(EXIT_FINDING);
}
