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

yoke_status map_plan_read(yoke_map_options *known, const yoke_map_options *options)
{
    static const yoke_map_options defaults = YOKE_MAP_OPTIONS_INIT;
    yoke_map_options copy;
    options = extensible_read(EXTENSIBLE(yoke_map_options, visit_context, "YOKE_MAP_OPTIONS_INIT"),
                              options ? options : &defaults, &copy);
    if (!options)
        return YOKE_INVALID;
    *known = *options;
    return YOKE_OK;
}

yoke_status map_plan_make(struct map_plan *plan, yoke_server *server, yoke_kernel kernel,
                          size_t input_size, size_t output_size, const yoke_map_options *options)
{
    yoke_map_options known;
    yoke_status status = map_plan_read(&known, options);
    if (status == YOKE_OK && server)
        status = server_check(server);
    if (status != YOKE_OK)
        return status;
    *plan = (struct map_plan){
        .server = server,
        .options = known,
        .task = {kernel, input_size, output_size, known.tries},
    };
    status = check(plan, kernel);
    if (status != YOKE_OK)
        return status;
    plan->job = make_job(plan, kernel);
    plan->on_nodes = server && executor_would_run(server, &plan->job);
    plan->by_jobs = known.time_limit || known.place || known.kernel_name || plan->on_nodes;
    plan->deadline = os_deadline(known.deadline ? known.deadline : YOKE_FOREVER);
    return YOKE_OK;
}

unsigned map_plan_workers(const struct map_plan *plan)
{
    unsigned workers = plan->server ? yoke_server_workers(plan->server) : 1;
    return workers ? workers : 1;
}

/* How many nodes there are, and with how many workers, nobody knows here. So many jobs are enough
 * for some hundred workers, and for as long as a node that has died holds one of them up; of larger
 * items as many as so many bytes hold, since the hub has them all. */
enum { AWAY_MOST = 1024, AWAY_LEAST = 16, AWAY_BYTES = 64 << 20 };

static size_t window_away(const struct map_plan *plan)
{
    size_t each = plan->task.argument_size / 2 + plan->task.result_size / 2 + 1;
    size_t most = AWAY_BYTES / 2 / each;
    return most < AWAY_LEAST ? AWAY_LEAST : most < AWAY_MOST ? most : AWAY_MOST;
}

size_t map_plan_window(const struct map_plan *plan, size_t for_each_worker)
{
    if (plan->options.window)
        return plan->options.window;
    size_t here = map_plan_workers(plan) * for_each_worker;
    size_t away = plan->on_nodes ? window_away(plan) : 0;
    return here > away ? here : away;
}
