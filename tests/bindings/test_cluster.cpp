/* The cluster for C++: test_cluster SERVERS CREDENTIALS, with a node that knows "trial" and "fail".
 */
#include <cstdio>
#include <cstdlib>

#include <yoke/cluster.hpp>

#define REQUIRE(condition)                                                                         \
    ((condition) ? (void)0                                                                         \
                 : (std::fprintf(stderr, "line %d: not so: %s\n", __LINE__, #condition),           \
                    std::exit(EXIT_FAILURE)))

static std::vector<unsigned char> interval(std::uint64_t lo, std::uint64_t hi)
{
    std::vector<unsigned char> bytes(16);
    yoke_pack_u64(yoke_pack_u64(bytes.data(), lo), hi);
    return bytes;
}

static std::uint64_t sum_of(const yoke::named_job &job)
{
    std::uint64_t sum;
    yoke_unpack_u64(job.bytes().data(), &sum);
    return sum;
}

static void test_jobs(yoke::server &server)
{
    std::vector<yoke::named_job> jobs;
    for (int i = 0; i < 10; i++)
        jobs.push_back(yoke::submit(server, "trial", 1, interval(0, 100), 16));
    yoke::wait_all(jobs);
    for (const auto &job : jobs)
        REQUIRE(sum_of(job) == 1060 && job.state() == YOKE_STATE_DONE);
    auto failing = yoke::submit(server, "fail", 1, {}, 0);
    try {
        failing.get();
        REQUIRE(false && "it fails");
    } catch (const yoke::error &error) {
        REQUIRE(error.status() == YOKE_JOB_FAILED);
        REQUIRE(failing.message() == "too much of it");
    }
    yoke_task how = YOKE_TASK_INIT;
    how.node = "nobody";
    auto waits = yoke::submit(server, "trial", 1, interval(0, 1), 16, how);
    REQUIRE(!waits.wait_for(std::chrono::milliseconds(50)));
    waits.cancel();
    waits.wait();
    REQUIRE(waits.state() == YOKE_STATE_CANCELLED);
    REQUIRE(server.workers() == 0 && server.statistics().done == 10);
}

static void test_keys(const yoke_cluster_options &where)
{
    yoke_task how = YOKE_TASK_INIT;
    how.key = "a.key";
    {
        yoke::cluster cluster(where);
        yoke::server server(cluster.options());
        yoke::submit(server, "trial", 1, interval(0, 100), 16, how);
    }
    yoke::cluster cluster(where);
    yoke::server server(cluster.options());
    auto jobs = yoke::collect(server);
    REQUIRE(jobs.size() == 1 && jobs[0].first == "a.key");
    REQUIRE(sum_of(jobs[0].second) == 1060);
    jobs.clear();
    REQUIRE(yoke::collect(server).empty());
}

int main(int, char **words)
{
    yoke_cluster_options where = YOKE_CLUSTER_OPTIONS_INIT;
    where.servers = words[1];
    where.credentials = words[2];
    where.name = "cpp";
    yoke::cluster cluster(where);
    {
        yoke::server server(cluster.options());
        test_jobs(server);
        try {
            yoke::server second(cluster.options());
            REQUIRE(false && "the cluster has a server");
        } catch (const yoke::error &error) {
            REQUIRE(error.status() == YOKE_INVALID);
        }
        try {
            server.submit([] { return 1; });
            REQUIRE(false && "a callable runs here alone");
        } catch (const yoke::error &error) {
            REQUIRE(error.status() == YOKE_INVALID);
        }
    }
    yoke::server server(cluster.options(1));
    REQUIRE(server.submit([] { return 1; }).get() == 1);
    REQUIRE(cluster.statistics().bytes_received >= 160);
    yoke_blob_id block = cluster.put("block", 5);
    cluster.forget(block);
    where.durable = true;
    test_keys(where);
}
