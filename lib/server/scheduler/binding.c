/* Watches the first runs of each kernel for a changed affinity mask, and restores it: see
 * binding.h. */
#include "binding.h"

#include <stdlib.h>

#include "parking.h"
#include "server/server.h"
#include "topology/bind.h"

/* How many kernels a worker knows: enough for those that a program uses at a time. And after how
 * many runs that changed nothing it trusts one. */
enum { KERNELS_KNOWN = 32, KERNEL_TRUSTED = 8 };

struct binding {
    struct os_affinity *own, *seen;
    unsigned number; /* that it was bound to when `own` was read */
    struct {
        yoke_kernel kernel;
        unsigned runs;
    } known[KERNELS_KNOWN];
};

static struct binding *create(void)
{
    struct binding *binding = calloc(1, sizeof *binding);
    if (!binding)
        return NULL;
    binding->number = NUMBER_NONE;
    binding->own = os_affinity_take();
    binding->seen = os_affinity_take();
    if (binding->own && binding->seen)
        return binding;
    binding_free(binding);
    return NULL;
}

/* Where nobody binds the workers, all numbers are the same. */
static bool is_known(const struct worker *worker)
{
    return worker->binding->number == worker->bound ||
           (!bind_is_on(worker->server->topology) && worker->binding->number != NUMBER_NONE);
}

void binding_note(struct worker *worker)
{
    if (worker != worker->thread_worker)
        return;
    if (!worker->binding && !(worker->binding = create()))
        return;
    if (!is_known(worker) && os_affinity_read(worker->binding->own))
        worker->binding->number = worker->bound;
}

/* Kernels that share a slot and run in turn displace each other: these stay watched. */
static unsigned slot_of(yoke_kernel kernel)
{
    uintptr_t address = (uintptr_t)kernel;
    return (unsigned)(address >> 4 ^ address >> 9) % KERNELS_KNOWN;
}

static void restore(struct worker *worker, unsigned slot)
{
    struct binding *binding = worker->binding;
    worker->suspect = false;
    if (!is_known(worker) || !os_affinity_read(binding->seen) ||
        os_affinity_equal(binding->own, binding->seen))
        return;
    os_affinity_apply(binding->own);
    /* Another kernel may have done it, if several ran inside each other: then this one is only
     * watched for longer. */
    binding->known[slot].runs = 0;
}

void binding_watch(struct worker *worker, yoke_kernel kernel)
{
    struct binding *binding = worker->binding;
    if (!binding)
        return;
    unsigned slot = slot_of(kernel);
    if (binding->known[slot].kernel != kernel) {
        binding->known[slot].kernel = kernel;
        binding->known[slot].runs = 0;
    }
    if (binding->known[slot].runs < KERNEL_TRUSTED) {
        binding->known[slot].runs++;
        worker->suspect = true;
    }
    if (worker->suspect && !worker->depth)
        restore(worker, slot);
    worker->trusted = binding->known[slot].runs == KERNEL_TRUSTED ? kernel : NULL;
}

void binding_free(struct binding *binding)
{
    if (!binding)
        return;
    free(binding->own);
    free(binding->seen);
    free(binding);
}
