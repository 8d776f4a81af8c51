/* The cluster for C++: see cluster.h, and server.hpp for all else.
 *
 *     yoke_cluster_options where = YOKE_CLUSTER_OPTIONS_INIT;
 *     where.credentials = "yoke-hub/credentials";
 *     yoke::cluster cluster(where);               // outlives the server
 *     yoke::server server(cluster.options());     // without workers: all jobs go to the nodes
 *     auto job = yoke::submit(server, "sum_primes", 1, argument, 16);
 *     std::vector<unsigned char> sum = job.bytes();
 *
 * Callables of C++ run on the workers of the program alone: what nodes run goes by its name, and
 * its argument and result are bytes. Functions may do parts of a reduction there: map_reduce.hpp.
 */
#ifndef YOKE_CLUSTER_HPP
#define YOKE_CLUSTER_HPP

#include "cluster.h"
#include "server.hpp"

namespace yoke
{

/* A connection; it must be destroyed after the server that has it. */
class cluster
{
  public:
    explicit cluster(const yoke_cluster_options &options)
    {
        yoke_cluster *handle;
        check(yoke_cluster_open(&options, &handle));
        handle_.reset(handle);
    }
    yoke_cluster *c() const noexcept { return handle_.get(); }

    /* Of a server on this cluster, with so many workers of its own. */
    yoke_server_options options(detail::whole<unsigned> workers = 0u) const
    {
        yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
        options.workers = workers;
        options.cluster = c();
        return options;
    }

    yoke_cluster_statistics statistics() const
    {
        yoke_cluster_statistics statistics = {};
        statistics.size = sizeof statistics;
        check(yoke_cluster_get_statistics(c(), &statistics));
        return statistics;
    }

    yoke_blob_id put(const void *bytes, std::size_t size)
    {
        yoke_blob_id id;
        check(yoke_cluster_put(c(), bytes, size, &id));
        return id;
    }
    void forget(const yoke_blob_id &id) { check(yoke_cluster_forget(c(), &id)); }

  private:
    struct release {
        void operator()(yoke_cluster *handle) const noexcept { yoke_cluster_release(handle); }
    };
    std::unique_ptr<yoke_cluster, release> handle_;
};

/* A job whose kernel goes by its name. */
class named_job : public job<void>
{
  public:
    named_job() = default;
    explicit named_job(yoke_job *handle) : job(handle, std::make_shared<detail::outcome<void>>()) {}

    /* Waits for the job and gives its result; throws yoke::error where it did not end as done. */
    std::vector<unsigned char> bytes() const
    {
        const void *result;
        std::size_t size;
        check(yoke_job_result_view(c(), &result, &size));
        const auto *first = static_cast<const unsigned char *>(result);
        return std::vector<unsigned char>(first, first + size);
    }
    void get() const { bytes(); }
};

/* Submits a job of the kernel that nodes know by that name and version, with a copy of the
 * argument; `how` gives a key, a node, limits, a callback and so on. */
inline named_job submit(server &server, const std::string &kernel, detail::whole<unsigned> version,
                        const std::vector<unsigned char> &argument, std::size_t result_size,
                        yoke_task how = YOKE_TASK_INIT)
{
    how.kernel_name = kernel.c_str();
    how.kernel_version = version;
    how.argument = argument.data();
    how.argument_size = argument.size();
    how.result_size = result_size;
    yoke_job *handle;
    check(yoke_submit(server.c(), &how, &handle));
    return named_job(handle);
}

/* The jobs with a key that this program, or an earlier one of its name, has submitted and not let
 * go, each with its key. */
inline std::vector<std::pair<std::string, named_job>> collect(server &server)
{
    std::vector<std::pair<std::string, named_job>> jobs;
    auto add = [](const char *key, yoke_job *handle, void *context) noexcept {
        static_cast<std::vector<std::pair<std::string, named_job>> *>(context)->emplace_back(
            key, named_job(handle));
    };
    check(yoke_server_collect(server.c(), add, &jobs));
    return jobs;
}

} /* namespace yoke */

#endif
