/* What kernels ask of their context, and tell it. */
#include "context.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "item.h"
#include "server/jobs/after.h"
#include "server/jobs/state.h"
#include "server/scheduler/place.h"
#include "server/server.h"
#include "topology/plan.h"
#include "yoke/task.h"

yoke_server *yoke_context_server(const yoke_context *context)
{
    return context->worker->server;
}

unsigned yoke_context_worker(const yoke_context *context)
{
    return context->worker->number;
}

const char *yoke_context_place(const yoke_context *context)
{
    const struct worker *worker = context->worker;
    const struct place *place = context->job->place;
    if (context->item)
        return context->item->place;
    if (worker->thread_worker->place_here)
        return worker->thread_worker->place_here;
    if (place && !place_has_number(worker->server, place, worker->number))
        return place->text;
    return plan_place_of(worker->server->topology, worker->number);
}

size_t yoke_context_argument_size(const yoke_context *context)
{
    return context->argument_size;
}

size_t yoke_context_result_size(const yoke_context *context)
{
    return context->result_size;
}

yoke_job *yoke_context_after(const yoke_context *context, size_t index)
{
    const struct job_extras *extras = job_extras(context->job);
    const struct after *after = extras ? extras->after : NULL;
    if (after && index < after->named)
        return after->dependencies[index].from;
    error_set(YOKE_INVALID, "job \"%s\" comes after %zu jobs; there is none with index %zu",
              job_name(context->job), after ? after->named : 0, index);
    return NULL;
}

const void *yoke_context_input(const yoke_context *context, size_t index, size_t *size)
{
    yoke_job *job = yoke_context_after(context, index);
    if (!job)
        return NULL;
    if (job_state(job) != YOKE_STATE_DONE) {
        error_set(state_result(job_state(job)), "%s", job->message);
        return NULL;
    }
    if (size)
        *size = job->result_size;
    return job_result(job);
}

void *yoke_context_scratch(yoke_context *context, size_t size)
{
    if (context->self != &self) {
        error_set(YOKE_INVALID,
                  "scratch memory belongs to the worker that runs the kernel of "
                  "\"%s\", and this is a thread that helps it",
                  job_name(context->job));
        return NULL;
    }
    void *memory = scratch_need(&context->scratch, context->spare, size);
    if (!memory)
        error_set(YOKE_NO_MEMORY, "no scratch memory of %zu bytes", size);
    return memory;
}

void yoke_context_progress(yoke_context *context, uint64_t done, uint64_t total)
{
    if (!context->item) /* of a map: nobody asks */
        job_set_progress(context->job, done, total);
}

yoke_status yoke_context_print(yoke_context *context, const char *format, ...)
{
    if (context->item)
        return YOKE_OK;
    struct job_extras *extras = job_need_extras(context->job);
    if (!extras)
        return error_set(YOKE_NO_MEMORY, "no memory for the output of a job");
    va_list arguments;
    va_start(arguments, format);
    yoke_status status = output_print(&extras->output, format, arguments);
    va_end(arguments);
    return status;
}

unsigned yoke_context_try(const yoke_context *context)
{
    return context->try;
}

yoke_status yoke_context_fail(yoke_context *context, yoke_status status, const char *format, ...)
{
    /* Several OpenMP tasks of the kernel may fail: the first one tells why. */
    if (!atomic_exchange(&context->failing, true)) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(context->message, sizeof context->message, format, arguments);
        va_end(arguments);
    }
    return status == YOKE_OK ? YOKE_JOB_FAILED : status;
}
