/* Writes and reads the marks that tell for whose kernel an OpenMP task runs: see helping.h. */
#include "helping.h"

#include <omp.h>

#include "server/server.h"
#include "server/workers/team.h"

/* Marks begin here, above any number of a device: what a kernel sets itself is not taken for one.
 */
enum { MARKS = 1 << 30 };

/* Asked once, as OpenMP may look for plugins, which takes 0.4 ms. */
static atomic_int devices = -1;

void helping_open(void)
{
    if (atomic_load(&devices) < 0)
        atomic_store(&devices, omp_get_num_devices());
}

/* ---- marks ----------------------------------------------------------------------------------- */

void helping_mark(struct worker *thread)
{
    unsigned depth = thread->depth - 1;
    if (depth >= KERNELS_MARKED || !thread->team ||
        atomic_load_explicit(&devices, memory_order_relaxed)) {
        thread->own_mark = helping_mark_here();
        return;
    }
    unsigned index = (unsigned)(thread - thread->team->members);
    thread->own_mark = MARKS + (int)((thread->team->first_mark + index) * KERNELS_MARKED + depth);
    omp_set_default_device(thread->own_mark);
}

void helping_take_mark(int mark)
{
    if (mark >= MARKS && !atomic_load_explicit(&devices, memory_order_relaxed))
        omp_set_default_device(mark);
}

/* Enough for all threads that servers of a process have in its life, or nearly: two that share a
 * mark make a wait be refused at worst. */
enum { MARKED_THREADS = 1 << 26 };

unsigned helping_reserve_marks(unsigned threads)
{
    static atomic_uint used;
    return atomic_fetch_add(&used, threads) % MARKED_THREADS;
}

int helping_mark_here(void)
{
    return omp_get_default_device();
}

static struct worker *find_member(const struct scheduler *scheduler, unsigned index)
{
    for (struct team *team = atomic_load(&scheduler->teams); team; team = atomic_load(&team->next))
        if (index - team->first_mark < team->size)
            return &team->members[index - team->first_mark];
    return NULL;
}

/* The other thread of the server whose kernel's mark it is, and the kernel's depth there; or NULL.
 */
static struct worker *read_mark(const struct worker *thread, int mark, unsigned *depth)
{
    unsigned number = (unsigned)(mark - MARKS), index = number / KERNELS_MARKED;
    *depth = number % KERNELS_MARKED;
    if (!thread->team || mark < MARKS)
        return NULL;
    struct worker *other = NULL;
    for (unsigned node = 0; node < thread->server->nodes && !other; node++)
        other = find_member(&thread->server->schedulers[node], index);
    return other != thread ? other : NULL;
}

/* Relaxed: a kernel that makes tasks for other threads is there until these tasks have ended. */
static const yoke_job *kernel_at(const struct worker *thread, unsigned depth)
{
    return atomic_load_explicit(&thread->kernels[depth], memory_order_relaxed);
}

static unsigned marked(const struct worker *thread)
{
    return thread->depth < KERNELS_MARKED ? thread->depth : KERNELS_MARKED;
}

/* ---- who waits for the thread ---------------------------------------------------------------- */

/* Whether the mark is that of a kernel on `thread`, of the job or of one that runs inside it. A
 * kernel that waits for a task stays on its thread meanwhile, so its job is found there. */
static bool is_of(const struct worker *blocked, int mark, const struct worker *thread,
                  const yoke_job *job)
{
    unsigned depth;
    if (read_mark(blocked, mark, &depth) != thread)
        return false;
    for (unsigned i = 0; i <= depth; i++)
        if (kernel_at(thread, i) == job)
            return true;
    return false;
}

bool helping_holds_up(const struct worker *blocked, const struct worker *thread,
                      const yoke_job *job)
{
    bool holds = is_of(blocked, blocked->blocked_in, thread, job);
    for (unsigned i = 0; i < marked(blocked) && !holds; i++)
        holds = is_of(blocked, blocked->began_in[i], thread, job);
    return holds;
}

/* ---- whom the thread works for --------------------------------------------------------------- */

/* Whether the kernel of that mark, or one around it, is the job's. These may themselves have begun
 * in tasks of others, so the search goes on from there. */
static bool is_inside(const struct worker *thread, int mark, const yoke_job *job)
{
    unsigned depth;
    const struct worker *other = read_mark(thread, mark, &depth);
    for (unsigned i = 0; other && i <= depth; i++)
        if (kernel_at(other, i) == job || is_inside(other, other->began_in[i], job))
            return true;
    return false;
}

bool helping_is_inside(const struct worker *thread, const yoke_job *job)
{
    bool inside = is_inside(thread, helping_mark_here(), job);
    for (unsigned i = 0; i < marked(thread) && !inside; i++)
        inside = is_inside(thread, thread->began_in[i], job);
    return inside;
}

struct servers {
    yoke_server **list;
    unsigned count;
};

static void add_server(struct servers *servers, yoke_server *server)
{
    for (unsigned i = 0; i < servers->count; i++)
        if (servers->list[i] == server)
            return;
    if (servers->count < HELPING_SERVERS)
        servers->list[servers->count++] = server;
}

/* Those of the kernel of that mark and of the ones around it: see is_inside(). */
static void add_servers(struct servers *servers, const struct worker *thread, int mark)
{
    unsigned depth;
    const struct worker *other = read_mark(thread, mark, &depth);
    for (unsigned i = 0; other && i <= depth; i++) {
        const yoke_job *job = kernel_at(other, i);
        if (job)
            add_server(servers, job->server);
        add_servers(servers, other, other->began_in[i]);
    }
}

unsigned helping_servers(const struct worker *thread, yoke_server *list[HELPING_SERVERS])
{
    struct servers servers = {list, 0};
    if (thread->team && !thread->at_work) /* so it can only have got here by a task */
        add_server(&servers, thread->server);
    add_servers(&servers, thread, helping_mark_here());
    for (unsigned i = 0; i < marked(thread); i++)
        add_servers(&servers, thread, thread->began_in[i]);
    return servers.count;
}

bool helping_in(const struct worker *thread, const yoke_server *server)
{
    yoke_server *servers[HELPING_SERVERS];
    unsigned count = helping_servers(thread, servers);
    while (count && servers[count - 1] != server)
        count--;
    return count;
}
