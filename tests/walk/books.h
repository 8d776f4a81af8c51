/* The walk's own books: what was submitted, asked for and seen, and what follows from that by the
 * words of the headers. Times are of the monotonic clock, in nanoseconds; 0 is never. All is
 * relaxed: who may rely on what was written comes from the calls of the library, and is part of
 * what ThreadSanitizer looks at. */
#ifndef WALK_BOOKS_H
#define WALK_BOOKS_H

#include <stdatomic.h>

#include "functions.h"
#include "plan.h"

/* ---- who is doing what ----------------------------------------------------------------------- */

/* A script that the calling thread is in the midst of, innermost first. */
struct layer {
    enum where where;
    unsigned job; /* NO_JOB for a thread's script */
    yoke_context *context;
    yoke_job *handle; /* of the callback */
    struct layer *outer;
    bool numbered;   /* it has a worker number in the books */
    bool unnumbered; /* and is to have none any more */
    bool fails;      /* the loop whose piece it is fails in another piece */
    unsigned number;
};

enum { DEPTH_SHOWN = 32 };

/* A thread, for the watchdog. */
struct actor {
    atomic_bool used;
    atomic_uint call;  /* enum function, the last one */
    atomic_uint step;  /* of the plan, the last one */
    atomic_uint depth; /* of layers */
    atomic_uint layers[DEPTH_SHOWN];
    struct layer *layer; /* the thread's own */
};

struct actor *actor_here(void);
void actor_enter(struct layer *layer);
void actor_leave(struct layer *layer);

/* CALL(yoke_submit)(server, ...): a call that is counted and that the watchdog can name. */
void actor_calls(enum function function);
#define CALL(name) (actor_calls(CALLED_##name), name)

/* Who waits for whom, and which jobs have not ended. */
void actors_tell(FILE *stream);
extern atomic_ulong function_calls[FUNCTION_COUNT];
extern const char *const function_names[FUNCTION_COUNT];
extern atomic_ulong moves; /* grows as long as something moves */

/* ---- findings -------------------------------------------------------------------------------- */

enum { EXIT_FINDING = 1, EXIT_HANG = 3 };

/* Says what was found, and ends the process. */
_Noreturn void finding(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define REQUIRE(condition, ...)                                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            finding(__FILE__, __LINE__, __VA_ARGS__);                                              \
    } while (0)

/* ---- the books ------------------------------------------------------------------------------- */

struct book {
    yoke_job *_Atomic handle;
    atomic_uint users; /* of the handle: 1 while it is not given back, and those who use it */
    atomic_bool given_back;
    atomic_llong begun, submitted; /* yoke_submit() called, and returned YOKE_OK */
    atomic_uint runs;
    atomic_bool elsewhere;
    atomic_int returned; /* by the kernel, the last time */
    atomic_llong entered, left;
    atomic_llong cancelling, cancelled; /* the first yoke_job_cancel() begun, ended */
    atomic_uint calls_back, called_back;
    atomic_uint seen;   /* the highest state seen */
    atomic_bool waited; /* a wait for it has returned YOKE_OK */
    atomic_uint printed;
    atomic_ullong told;
    atomic_uint after_count, after[AFTER_MAX];
};

struct server_book {
    yoke_server *_Atomic server;
    yoke_group *_Atomic group[GROUPS];
    atomic_bool opening;
    atomic_llong closing, closed;               /* the first yoke_server_close() begun, ended */
    atomic_uint resizes, resized, workers_most; /* begun, ended */
    atomic_bool has_others;                     /* jobs that are in no book */
    atomic_uint adopted;                        /* likewise, as many: see elsewhere.c */
    atomic_uint ended_seen;                     /* the most that the statistics have told */
    atomic_uint cancels_under_way[GROUPS], cancels[GROUPS];
    atomic_llong cancel_ended[GROUPS];
    atomic_uint number_owner[64]; /* job + 1 */
};

extern struct plan plan;
extern struct book books[JOBS_MAX];
extern struct server_book servers[SERVERS_MAX];

long long now(void);
void books_open(void);

/* The job's handle, which is then in use; NULL when there is none any more, or not yet. */
yoke_job *hold(unsigned job);
void drop(unsigned job);

/* Sets a time that is 0, and answers whether it was; raises a number. */
bool note_first(atomic_llong *time);
void note_most(atomic_uint *most, unsigned value);

/* The job's state now, after a look at what was seen of it before. */
yoke_state look_at_state(unsigned job, yoke_job *handle);

/* The job has ended, and its callback has returned: checks all that is known of it. */
void judge(unsigned job, yoke_job *handle);
void judge_state(unsigned job, yoke_state state);

/* Whether anything may have cancelled the job. */
bool may_be_cancelled(unsigned job);

/* Called by kernels and callbacks, and by who runs a job elsewhere. */
void books_enter_kernel(unsigned job, unsigned try, bool elsewhere);
void books_leave_kernel(unsigned job, yoke_status status);
void books_judge_rest(unsigned server);

/* The status that the job's kernel returns when it fails. */
yoke_status failure_of(unsigned job);
/* What byte i of the result and of the argument is. */
unsigned char pattern(unsigned job, size_t i);

/* Worker numbers: of the innermost layer, if that is a kernel. */
void number_take(struct layer *layer, bool fresh);
void number_leave(struct layer *layer);

/* ---- waits ----------------------------------------------------------------------------------- */

/* `jobs` of the last one is the group: server * GROUPS + group. */
enum wait_kind { WAITS_FOR_ANY, WAITS_FOR_ALL, WAITS_FOR_GROUP };

/* A wait, before it begins. */
struct wait {
    enum wait_kind kind;
    const uint16_t *jobs;
    unsigned count;
    yoke_duration timeout;
    long long begun;
    unsigned record;
    bool all_waited; /* all have been waited for before: it must answer at once */
};

unsigned graph_enter(unsigned waiter, enum wait_kind kind, const uint16_t *jobs, unsigned count);
void graph_leave(unsigned record);
void graph_open(void);

/* Whether a wait of the calling thread for these could not end, for all that is known of the time
 * since `begun`. */
bool graph_explains_refusal(enum wait_kind kind, const uint16_t *jobs, unsigned count,
                            long long begun);

#endif
