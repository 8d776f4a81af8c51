/* Playing a plan. */
#ifndef WALK_PLAY_H
#define WALK_PLAY_H

#include "books.h"

/* What every kernel of the plan is given; more bytes of its pattern may follow. */
struct argument {
    uint32_t job, size;
    uint64_t zero;
};

enum { UNIT = 16 }; /* bytes */

/* The whole plan once; what is found ends the process. */
void play_plan(void);

/* The steps of a script on the calling thread. */
void play_script(struct layer *layer, unsigned owner);
void play_step(unsigned step, struct layer *layer);

/* Looks away from the worker for so long, or until it is told to leave. */
void linger(struct layer *layer, unsigned microseconds);

/* The buffer that the job's task brings for its result; NULL when it brings none. */
unsigned char *buffer_of(unsigned job);

/* The kernel of all jobs of the plan, and the callback. */
yoke_status run_kernel(yoke_context *context, const void *argument, void *result);
yoke_status call_back(yoke_job *job, void *number);

/* The script of the pieces of the job's loop, or of what it forks. `fails`: another piece does. */
void play_piece(yoke_context *context, unsigned job, bool fails);

/* The server, if it is open or was; NULL when it has not been opened. */
yoke_server *server_of(unsigned number);

/* Whether a call that finds the server closed may say so. */
bool may_be_closed(unsigned server);

/* What the primes are, for play_sum() and play_primes(). */
void plain_open(void);

/* Opening, closing and releasing the servers of the plan. */
void open_server(unsigned number);
void close_server(unsigned number);
void release_servers(void);

/* An executor for the server, in a thread of its own. */
void open_executor(unsigned number, yoke_server *server);
void free_executor(unsigned number);
bool runs_elsewhere(unsigned job);

/* Whether the job's task has a key, and which: "job" and its number, where "adopted" is a job that
 * is in no plan. */
bool is_keyed(unsigned job);
enum { KEY_SIZE = 16 };
void write_key(char key[KEY_SIZE], unsigned job);
unsigned read_key(const char *key);

/* Compares all that a handle tells of a job that has ended with the books. */
void look_at_ended(unsigned job, yoke_job *handle);

/* Whether the calling thread is inside an OpenMP task or a loop, of any kernel. */
bool inside_task(const struct layer *layer);

/* Whether it is inside a kernel or callback of the server. */
bool inside_server(const struct layer *layer, unsigned server);

/* Whether work on primes, on arrays or of a map may end early with this status: for the sake of the
 * loop or job that it is called from, or of the server. */
bool may_end_early(yoke_status status, unsigned server, const struct layer *layer);

/* One of each kind of step. */
typedef void play(const struct step *step, struct layer *layer);
play play_submit, play_misuse, play_wait, play_wait_many, play_result, play_wait_group,
    play_wait_server, play_look, play_release, play_cancel, play_cancel_group, play_resize,
    play_statistics, play_trace, play_open, play_close, play_brief, play_fork, play_linger,
    play_follow, play_tell, play_print, play_context, play_loop, play_parallel, play_divide,
    play_map, play_tasks, play_refused, play_sum, play_primes, play_arrays, play_topology,
    play_texts, play_log;

#endif
