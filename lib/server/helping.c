#include "helping.h"

#include <omp.h>

#include "team.h"

/* Above any device that there may be: what a kernel sets itself is not taken for a mark. */
enum { MARKS = 1 << 30 };

/* Asked once: where plugins for devices are looked for it takes 0.4 ms. */
static atomic_int devices = -1;

void helping_open(void)
{
    if (atomic_load(&devices) < 0)
        atomic_store(&devices, omp_get_num_devices());
}

void helping_mark(const struct worker *thread)
{
    unsigned depth = thread->depth - 1;
    if (depth >= KERNELS_MARKED || !thread->team ||
        atomic_load_explicit(&devices, memory_order_relaxed))
        return;
    unsigned index = (unsigned)(thread - thread->team->members);
    omp_set_default_device(MARKS + (int)(index * KERNELS_MARKED + depth));
}

void helping_note(struct worker *thread)
{
    unsigned mark = (unsigned)(omp_get_default_device() - MARKS);
    unsigned index = mark / KERNELS_MARKED;
    struct worker *other = index < thread->team->size ? &thread->team->members[index] : NULL;
    if (other == thread) /* a kernel inside the task that it noted earlier */
        return;
    thread->helps = other;
    thread->helps_depth = mark % KERNELS_MARKED;
}

/* The kernels that wait for a helper stay where they are meanwhile. */
bool helping_holds_up(const struct worker *helper, const struct worker *thread, const yoke_job *job)
{
    if (helper->helps != thread)
        return false;
    for (unsigned i = 0; i <= helper->helps_depth; i++)
        if (atomic_load_explicit(&thread->kernels[i], memory_order_relaxed) == job)
            return true;
    return false;
}

static void add_server(yoke_server *server, yoke_server *servers[HELPING_SERVERS], unsigned *count)
{
    for (unsigned i = 0; i < *count; i++)
        if (servers[i] == server)
            return;
    if (*count < HELPING_SERVERS)
        servers[(*count)++] = server;
}

unsigned helping_servers(struct worker *thread, yoke_server *servers[HELPING_SERVERS])
{
    unsigned count = 0;
    helping_note(thread);
    add_server(thread->server, servers, &count);
    for (; thread->helps; thread = thread->helps)
        for (unsigned i = 0; i <= thread->helps_depth; i++) {
            const yoke_job *job =
                atomic_load_explicit(&thread->helps->kernels[i], memory_order_relaxed);
            if (job)
                add_server(job->server, servers, &count);
        }
    return count;
}

bool helping_in(struct worker *thread, const yoke_server *server)
{
    yoke_server *servers[HELPING_SERVERS];
    unsigned count = helping_is(thread) ? helping_servers(thread, servers) : 0;
    while (count && servers[count - 1] != server)
        count--;
    return count;
}
