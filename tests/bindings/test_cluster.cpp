/* The cluster for C++: test_cluster SERVERS CREDENTIALS, with nodes that know "trial", "fail" and
 * "sum_part". */
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <yoke/cluster.hpp>
#include <yoke/map.hpp>

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

/* ---- a sum whose parts are done by kernels in C and by this one -------------------------- */

using packed = std::array<unsigned char, 8>;

static packed packed_of(std::uint64_t number)
{
    packed bytes;
    yoke_pack_u64(bytes.data(), number);
    return bytes;
}

static double sum_part(const yoke::part &part, const packed &bytes, yoke::context &context)
{
    std::uint64_t shift;
    yoke_unpack_u64(bytes.data(), &shift);
    if (part.lo() + shift == 0)
        throw yoke::error(YOKE_OVERFLOW, "0 has no reciprocal");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return yoke::parallel_reduce(context, part, 0.0, std::plus<>(), [shift](std::uint64_t i) {
        return 1 / static_cast<double>(i + shift);
    });
}

/* By the function, which is registered, or by its name. */
static double sum_over_nodes(yoke::server &server, const yoke::part &range, std::uint64_t shift,
                             bool named, std::uint64_t &parts)
{
    yoke_map_options how = YOKE_MAP_OPTIONS_INIT;
    if (named)
        how.kernel_name = "sum_part", how.kernel_version = 1;
    how.visit = [](const yoke_item *, void *count) {
        return ++*static_cast<std::uint64_t *>(count) > 0;
    };
    how.visit_context = &parts;
    parts = 0;
    return yoke::map_reduce(server, range, 0.0, std::plus<>(),
                            named ? nullptr : yoke::part_kernel<sum_part>, packed_of(shift), how);
}

static std::uint64_t taken_by(yoke_node *node)
{
    yoke_node_statistics now = {};
    now.size = sizeof now;
    yoke::check(yoke_node_get_statistics(node, &now));
    return now.taken;
}

static void test_sums(yoke::server &server, yoke_cluster_options its)
{
    yoke_node *node;
    its.name = "cpp-node", its.workers = 1;
    yoke::check(yoke_kernel_register("sum_part", 1, yoke::part_kernel<sum_part>));
    yoke::check(yoke_node_open(&its, &node));
    const yoke::part range(7, 100007, 20);
    yoke_loop how = YOKE_LOOP_INIT;
    how.grain = 20;
    double right = yoke::parallel_reduce(
        nullptr, 7, 100007, 0.0, std::plus<>(),
        [](std::uint64_t i) { return 1 / static_cast<double>(i + 3); }, how);
    for (bool named : {false, true}) {
        std::uint64_t parts, before = taken_by(node);
        double sum = sum_over_nodes(server, range, 3, named, parts);
        REQUIRE(std::memcmp(&sum, &right, sizeof sum) == 0);
        std::uint64_t taken = taken_by(node) - before;
        REQUIRE(parts > 1000 && taken > 0 && taken < parts);
        try {
            sum_over_nodes(server, yoke::part(0, 100000, 20), 0, named, parts);
            REQUIRE(false && "a part fails");
        } catch (const yoke::error &error) {
            REQUIRE(error.status() == YOKE_OVERFLOW);
            REQUIRE(std::strstr(error.what(), "0 has no reciprocal"));
        }
    }
    yoke::check(yoke_node_drain(node, YOKE_SECONDS(10)));
    yoke_node_release(node);
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
        test_sums(server, where);
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
