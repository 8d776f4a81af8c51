/* Deques for what runs, trees of them, and helpers that take frames: see forks.h. */
#include "forks.h"

#include <stdlib.h>
#include <string.h>

#include "base/delay.h"
#include "base/error.h"
#include "helping.h"
#include "running.h"
#include "server/server.h"

const char forks_not_joined[] = "it returned before it had joined all that it had forked; each "
                                "yoke_fork() needs its yoke_join()";

/* Of a frame that is shared, in the fields that it has for this. */
enum { TAKER, USE, MESSAGE };

/* ---- deques ---------------------------------------------------------------------------------- */

/* Of threads that are no workers: every fork looks up, and every join. */
static _Thread_local struct {
    yoke_forks forks;
    yoke_frame *slot[1];
} alone __attribute__((tls_model("initial-exec")));

static yoke_forks *be_alone(void)
{
    alone.forks.head = alone.slot;
    alone.forks.split = (yoke_frame **)UINTPTR_MAX;
    return &alone.forks;
}

bool forks_are_alone(const yoke_forks *forks)
{
    return forks->split == (yoke_frame **)UINTPTR_MAX;
}

/* The node is written once: a helper that was held up may look at a deque in its next use. */
static struct deque *new_deque(const struct worker *thread)
{
    struct deque *deque = deque_new();
    if (deque)
        deque->node = thread->scheduler->node;
    return deque;
}

/* For what runs on the thread now. */
static struct deque *take_deque(struct worker *thread)
{
    struct deque *deque = thread->spare;
    if (deque)
        thread->spare = deque->next;
    else if (!(deque = new_deque(thread)))
        return NULL;
    deque_renew(deque);
    forks_set_deque(thread, deque);
    return deque;
}

/* A task that the thread helps with is of another kernel, which does not wait for what would be
 * forked here. */
yoke_forks *yoke_forks_here(void)
{
    struct worker *thread = self.worker;
    if (!thread || thread != self.latest || !thread->at_work ||
        helping_mark_here() != thread->own_mark)
        return be_alone();
    struct deque *deque = forks_deque(thread);
    deque = deque ? deque : take_deque(thread);
    return deque ? &deque->forks : be_alone();
}

bool yoke_forks_cancelled(const yoke_forks *forks)
{
    (void)forks;
    const yoke_job *job = running_job();
    const struct worker *worker = self.worker;
    return job ? running_should_leave(job)
               : worker && atomic_load_explicit(&worker->server->phase, memory_order_relaxed) !=
                               SERVER_OPEN;
}

void forks_free(struct deque *spare)
{
    for (struct deque *next; spare; spare = next) {
        next = spare->next;
        free(spare->own);
        free(spare);
    }
}

/* ---- trees ----------------------------------------------------------------------------------- */

static enum region_left help(struct region *region);

static bool open_tree(struct deque *deque)
{
    yoke_server *server = self.worker->server;
    struct fork_tree *tree = deque->own;
    if (!region_helpers(server))
        return false;
    if (!tree && !(tree = deque->own = malloc(sizeof *tree)))
        return false;
    const yoke_job *job = running_job();
    tree->region = (struct region){.join = help, .job = job};
    tree->region.level = (unsigned)-YOKE_PRIORITY_MIN;
    region_prepare(&tree->region);
    memset(tree->members, 0, sizeof tree->members);
    atomic_init(&tree->members[0], deque);
    atomic_init(&tree->count, 1);
    atomic_init(&tree->searching, 0);
    atomic_init(&tree->called, 0);
    atomic_init(&tree->closed, false);
    deque->tree = tree;
    atomic_fetch_add(&self.worker->scheduler->trees, 1);
    region_open(&tree->region, server, 0);
    return true;
}

/* Makes the deque a member; false when there are too many. */
static bool enter(struct fork_tree *tree, struct deque *deque, unsigned *place)
{
    for (unsigned i = 1; i < FORKS_MEMBERS; i++) {
        struct deque *none = NULL;
        if (!atomic_compare_exchange_strong(&tree->members[i], &none, deque))
            continue;
        unsigned count = atomic_load(&tree->count);
        while (count <= i && !atomic_compare_exchange_weak(&tree->count, &count, i + 1))
            ;
        deque->tree = tree;
        atomic_fetch_add(&self.worker->scheduler->trees, 1);
        *place = i;
        return true;
    }
    return false;
}

/* The use is read before the member is looked at again: so it is one of this tree. */
static yoke_frame *take_from(struct fork_tree *tree, unsigned member, const struct deque *own,
                             bool near)
{
    struct deque *deque = atomic_load(&tree->members[member]);
    if (!deque || deque == own || (deque->node == own->node) != near)
        return NULL;
    unsigned use = deque_use(deque);
    delay_here();
    return atomic_load(&tree->members[member]) == deque ? deque_take(deque, use) : NULL;
}

/* From a member of the same node, if there is something, else from any. */
static yoke_frame *take_any(struct fork_tree *tree, const struct deque *own, unsigned *member)
{
    unsigned count = atomic_load(&tree->count);
    for (int near = 1; near >= 0; near--)
        for (unsigned i = 0; i < count; i++) {
            *member = (*member + 1) % count;
            yoke_frame *frame = take_from(tree, *member, own, near);
            if (frame)
                return frame;
        }
    return NULL;
}

static void ask_members(struct fork_tree *tree, bool all)
{
    unsigned count = atomic_load(&tree->count);
    for (unsigned i = 0; i < count; i++) {
        struct deque *deque = atomic_load(&tree->members[i]);
        if (deque && (all || (deque_holds_back(deque) && !deque_is_asked(deque))))
            deque_ask(deque);
    }
}

/* As far as can be told from outside. */
static bool any_has_frames(struct fork_tree *tree)
{
    unsigned count = atomic_load(&tree->count);
    for (unsigned i = 0; i < count; i++) {
        struct deque *deque = atomic_load(&tree->members[i]);
        if (deque && deque_has_some(deque))
            return true;
    }
    return false;
}

/* Unless somebody looks for frames, or is to come. */
static void call_helper(struct fork_tree *tree)
{
    if (atomic_load(&tree->searching) || atomic_exchange(&tree->called, 1))
        return;
    if (!region_want(&tree->region))
        atomic_store(&tree->called, 0);
}

/* ---- frames that were taken ------------------------------------------------------------------ */

static yoke_status call(struct deque *deque, yoke_frame *frame)
{
    const yoke_job *job = running_job();
    if (job && running_should_leave(job))
        return error_set(YOKE_CANCELLED, "a fork, or the job that it is part of, is to end early");
    unsigned frames = deque_frames(deque);
    yoke_status status = frame->function(&deque->forks, frame->argument);
    if (deque_frames(deque) == frames)
        return status;
    deque_abandon(deque, frames);
    return error_set(YOKE_INVALID, "%s", forks_not_joined);
}

static void keep(yoke_frame *frame, yoke_status status, const char *message)
{
    frame->status = status;
    frame->reserved[MESSAGE] = message ? strdup(message) : NULL;
}

void forks_run(struct deque *deque, yoke_frame *frame)
{
    worker_count(&self.worker->stolen, 1);
    __atomic_store_n(&frame->reserved[USE], (void *)(uintptr_t)deque_use(deque), __ATOMIC_RELAXED);
    __atomic_store_n(&frame->reserved[TAKER], deque, __ATOMIC_RELEASE);
    struct floating mode = floating_mode();
    bool outer = error_enter();
    yoke_status status = call(deque, frame);
    keep(frame, status, error_leave(outer, status));
    floating_set(&mode);
    delay_here();
    /* The frame may be gone then; that a thread is woken which has a word at this place is no harm.
     */
    unsigned *state = &frame->state;
    if (__atomic_exchange_n(state, FRAME_DONE, __ATOMIC_SEQ_CST) == FRAME_AWAITED)
        os_wake((atomic_uint *)state, OS_EVERYONE);
}

yoke_frame *forks_take_from_taker(const yoke_frame *frame)
{
    struct deque *deque = __atomic_load_n(&frame->reserved[TAKER], __ATOMIC_ACQUIRE);
    if (!deque)
        return NULL;
    void *use = __atomic_load_n(&frame->reserved[USE], __ATOMIC_RELAXED);
    yoke_frame *found = deque_take(deque, (unsigned)(uintptr_t)use);
    if (!found && deque_holds_back(deque) && !deque_is_asked(deque))
        deque_ask(deque);
    return found;
}

void forks_keep(yoke_frame *frame, yoke_status status, const char *message)
{
    keep(frame, status, message);
    frame->function = NULL;
    frame->state = FRAME_DONE;
}

yoke_status forks_answer(yoke_frame *frame)
{
    char *message = frame->reserved[MESSAGE];
    if (message)
        error_set(frame->status, "%s", message);
    free(message);
    return frame->status;
}

/* ---- helping --------------------------------------------------------------------------------- */

/* How long a helper looks for frames: as long as a worker looks for jobs, for the same reasons. */
enum { SEARCH_NANOSECONDS = 20000, LOOKS_AT_A_TIME = 8 };

static bool is_to_leave(const struct fork_tree *tree)
{
    return atomic_load_explicit(&tree->closed, memory_order_relaxed) ||
           region_should_leave_for_equals(&tree->region);
}

/* Looks until the time is over; NULL then, or when the worker is needed elsewhere. */
static yoke_frame *look_for_frame(struct fork_tree *tree, const struct deque *own, unsigned *member)
{
    int64_t end = 0;
    for (unsigned i = 0; !is_to_leave(tree); i++) {
        yoke_frame *frame = take_any(tree, own, member);
        if (frame)
            return frame;
        ask_members(tree, false);
        if (i % LOOKS_AT_A_TIME) {
            os_pause();
            continue;
        }
        int64_t now = os_now();
        end = end ? end : now + SEARCH_NANOSECONDS;
        if (now >= end || os_processors() == 1)
            return NULL;
        os_yield();
    }
    return NULL;
}

/* Nobody looks any more. Where there are frames another one is to, and where there are none, who
 * forks next has to call. Who had one is likely to have more, and to share it early. */
static void pass_on(struct fork_tree *tree, unsigned member)
{
    struct deque *deque = atomic_load(&tree->members[member]);
    if (deque)
        deque_ask(deque);
    if (any_has_frames(tree))
        call_helper(tree);
    else
        ask_members(tree, true);
}

/* Counts as looking until it has found something, and not after that. */
static yoke_frame *search(struct fork_tree *tree, const struct deque *own, unsigned *member)
{
    atomic_fetch_add(&tree->searching, 1);
    atomic_store(&tree->called, 0);
    yoke_frame *frame = look_for_frame(tree, own, member);
    delay_here();
    unsigned others = atomic_fetch_sub(&tree->searching, 1) - 1;
    delay_here();
    if (!frame) {
        ask_members(tree, true);
        return take_any(tree, own, member);
    }
    if (!others)
        pass_on(tree, *member);
    return frame;
}

static enum region_left help_with(struct fork_tree *tree, struct deque *deque)
{
    unsigned place, member = 0;
    if (!enter(tree, deque, &place)) {
        atomic_store(&tree->called, 0);
        return REGION_ENOUGH;
    }
    enum region_left left = REGION_ENOUGH;
    for (yoke_frame *frame; (frame = search(tree, deque, &member));) {
        forks_run(deque, frame);
        if (region_should_leave_for_equals(&tree->region)) {
            left = REGION_MORE;
            break;
        }
    }
    atomic_store(&tree->members[place], NULL);
    return left;
}

static enum region_left help(struct region *region)
{
    struct fork_tree *tree = (struct fork_tree *)region;
    struct worker *thread = self.worker;
    struct forks_outer outer;
    forks_enter(thread, &outer);
    struct deque *deque = take_deque(thread);
    enum region_left left = deque ? help_with(tree, deque) : REGION_ENOUGH;
    forks_leave(thread, &outer);
    return left;
}

/* ---- forking --------------------------------------------------------------------------------- */

static void run_at_once(yoke_forks *forks)
{
    yoke_frame **newest = forks->head - 1;
    yoke_frame *frame = *newest;
    __atomic_store_n(&forks->head, newest, __ATOMIC_RELAXED);
    bool outer = error_enter();
    yoke_status status = frame->function(forks, frame->argument);
    forks_keep(frame, status, error_leave(outer, status));
}

void yoke_fork_look(yoke_forks *forks)
{
    struct deque *deque = deque_of(forks);
    if (forks_are_alone(forks) || deque_frames(deque) > DEQUE_FRAMES) {
        run_at_once(forks);
        return;
    }
    deque_go_on(deque);
    if (!deque->tree && !open_tree(deque))
        return;
    deque_share(deque);
    delay_here();
    call_helper(deque->tree);
    if (deque->tree == deque->own)
        region_give_way(&deque->tree->region);
    else
        region_give_way_to_equals(&deque->tree->region);
}

/* ---- the end --------------------------------------------------------------------------------- */

bool forks_close(struct worker *thread)
{
    struct deque *deque = forks_deque(thread);
    bool joined = !deque_frames(deque);
    if (!joined)
        deque_abandon(deque, 0);
    struct fork_tree *tree = deque->tree;
    if (tree && tree == deque->own) {
        atomic_store_explicit(&tree->closed, true, memory_order_relaxed);
        region_close(&tree->region);
    }
    worker_count(&thread->forked, deque->forks.forked);
    if (tree)
        atomic_fetch_sub(&thread->scheduler->trees, 1);
    deque->next = thread->spare;
    thread->spare = deque;
    forks_set_deque(thread, NULL);
    return joined;
}
