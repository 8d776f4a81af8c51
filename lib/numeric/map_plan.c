/* Looks at the options of a map. */
#include "map_plan.h"

#include "base/error.h"
#include "base/extensible.h"
#include "base/os.h"
#include "server/jobs/server_check.h"
#include "server/scheduler/executor.h"

static yoke_status check(const struct map_plan *plan, yoke_kernel kernel)
{
    const yoke_map_options *options = &plan->options;
    if (!kernel == !options->kernel_name)
        return error_set(YOKE_INVALID, kernel ? "kernel and options.kernel_name are both given; "
                                                "one says what is to run"
                                              : "kernel is NULL; pass the function to run");
    if (options->time_limit < 0 || options->deadline < 0)
        return error_set(YOKE_INVALID,
                         "options.time_limit is %lld ns and options.deadline %lld ns; they must be "
                         "0 (none) or more",
                         (long long)options->time_limit, (long long)options->deadline);
    if (options->priority < YOKE_PRIORITY_MIN || options->priority > YOKE_PRIORITY_MAX)
        return error_set(YOKE_INVALID, "options.priority is %d; it must lie between %d and %d",
                         options->priority, YOKE_PRIORITY_MIN, YOKE_PRIORITY_MAX);
    if (!plan->server && (options->time_limit || options->place || options->kernel_name))
        return error_set(YOKE_INVALID, "without a server a map has no jobs, and so no time limit "
                                       "for each, no place and no kernel_name");
    return YOKE_OK;
}

static yoke_task make_job(const struct map_plan *plan, yoke_kernel kernel)
{
    const yoke_map_options *options = &plan->options;
    yoke_task job = YOKE_TASK_INIT;
    job.kernel = kernel;
    job.name = "item";
    job.argument_size = plan->task.argument_size;
    job.result_size = plan->task.result_size;
    job.priority = options->priority;
    job.place = options->place;
    job.time_limit = options->time_limit;
    job.tries = options->tries;
    job.kernel_name = options->kernel_name;
    job.kernel_version = options->kernel_version;
    job.deliveries = options->deliveries;
    return job;
}

yoke_status map_plan_make(struct map_plan *plan, yoke_server *server, yoke_kernel kernel,
                          size_t input_size, size_t output_size, const yoke_map_options *options)
{
    static const yoke_map_options defaults = YOKE_MAP_OPTIONS_INIT;
    yoke_map_options copy;
    options = extensible_read(EXTENSIBLE(yoke_map_options, visit_context, "YOKE_MAP_OPTIONS_INIT"),
                              options ? options : &defaults, &copy);
    yoke_status status = !options ? YOKE_INVALID : server ? server_check(server) : YOKE_OK;
    if (status != YOKE_OK)
        return status;
    *plan = (struct map_plan){
        .server = server,
        .options = *options,
        .task = {kernel, input_size, output_size, options->tries},
    };
    status = check(plan, kernel);
    if (status != YOKE_OK)
        return status;
    plan->job = make_job(plan, kernel);
    plan->by_jobs = options->time_limit || options->place || options->kernel_name ||
                    (server && executor_would_run(server, &plan->job));
    plan->deadline = os_deadline(options->deadline ? options->deadline : YOKE_FOREVER);
    return YOKE_OK;
}

unsigned map_plan_workers(const struct map_plan *plan)
{
    unsigned workers = plan->server ? yoke_server_workers(plan->server) : 1;
    return workers ? workers : 1;
}

size_t map_plan_window(const struct map_plan *plan, size_t for_each_worker)
{
    return plan->options.window ? plan->options.window : map_plan_workers(plan) * for_each_worker;
}
