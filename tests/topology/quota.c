/* The CPU quota, on trees of /proc and /sys files that each test writes for itself. */
#include <criterion/criterion.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "topology/quota.h"
#include "yoke/status.h"
#include "yoke/topology.h"

#define GROUP                   "proc/self/cgroup"
#define MOUNTS                  "proc/self/mountinfo"
#define V1                      "31 23 0:28 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
#define V2                      "41 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n"
#define V1_QUOTA(folder, text)  "sys/fs/cgroup/cpu" folder "/cpu.cfs_quota_us", text
#define V1_PERIOD(folder, text) "sys/fs/cgroup/cpu" folder "/cpu.cfs_period_us", text
#define V2_MAX(folder, text)    "sys/fs/cgroup" folder "/cpu.max", text

enum { FILES_MAX = 8 };

struct tree {
    const char *name;
    double cores;
    struct {
        const char *path, *text;
    } files[FILES_MAX];
};

static char root[] = "/tmp/yoke-quota-XXXXXX";

static void make_root(void)
{
    cr_assert_not_null(mkdtemp(root));
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static void remove_below(void)
{
    nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(quota, .init = make_root, .fini = remove_below, .timeout = 30);

static void write_file(const char *path, const char *text)
{
    char full[512];
    snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *slash = full + strlen(root); (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        mkdir(full, 0755);
    }
    FILE *file = fopen(full, "w");
    cr_assert_not_null(file, "%s", full);
    fputs(text, file);
    fclose(file);
}

static void expect(const struct tree *trees, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (int file = 0; file < FILES_MAX && trees[i].files[file].path; file++)
            write_file(trees[i].files[file].path, trees[i].files[file].text);
        double cores = -1;
        cr_assert_eq(quota_read(root, &cores), YOKE_OK, "%s", yoke_last_error());
        cr_assert(isinf(trees[i].cores) ? isinf(cores) : fabs(cores - trees[i].cores) < 1e-12,
                  "%s: %g", trees[i].name, cores);
        remove_below();
    }
}

Test(quota, version_2)
{
    static const double none = (double)INFINITY;
    const struct tree trees[] = {
        {"no limit", none, {{GROUP, "0::/a/b\n"}, {MOUNTS, V2}, {V2_MAX("/a/b", "max 100000\n")}}},
        {"half a core", 0.5, {{GROUP, "0::/a\n"}, {MOUNTS, V2}, {V2_MAX("/a", "50000 100000\n")}}},
        {"the parent is tighter",
         1.5,
         {{GROUP, "0::/a/b\n"},
          {MOUNTS, V2},
          {V2_MAX("/a/b", "400000 100000\n")},
          {V2_MAX("/a", "150000 100000\n")}}},
        {"the top is tighter, the middle has no file",
         0.25,
         {{GROUP, "0::/a/b/c\n"},
          {MOUNTS, V2},
          {V2_MAX("/a/b/c", "max 100000\n")},
          {V2_MAX("", "25000 100000\n")}}},
        {"a sibling and a child do not count",
         2,
         {{GROUP, "0::/a\n"},
          {MOUNTS, V2},
          {V2_MAX("/a", "20000 10000\n")},
          {V2_MAX("/ab", "1000 100000\n")},
          {V2_MAX("/a/b", "1000 100000\n")}}},
        {"in a container with its own namespace",
         3,
         {{GROUP, "0::/\n"}, {MOUNTS, V2}, {V2_MAX("", "300000 100000\n")}}},
        {"the last line has no newline",
         3,
         {{GROUP, "0::/"},
          {MOUNTS, "1 1 0:1 / /cg rw - cgroup2 cgroup2 rw"},
          {"cg/cpu.max", "300000 100000"}}},
    };
    expect(trees, sizeof trees / sizeof *trees);
}

Test(quota, version_1)
{
    static const double none = (double)INFINITY;
    const struct tree trees[] = {
        {"no limit",
         none,
         {{GROUP, "3:cpu,cpuacct:/a\n"},
          {MOUNTS, V1},
          {V1_QUOTA("/a", "-1\n")},
          {V1_PERIOD("/a", "100000\n")}}},
        {"one and a half on the parent",
         1.5,
         {{GROUP, "4:memory:/m\n3:cpuacct,cpu:/a/b\n1:name=systemd:/s\n"},
          {MOUNTS, V1},
          {V1_QUOTA("/a/b", "-1\n")},
          {V1_PERIOD("/a/b", "100000\n")},
          {V1_QUOTA("/a", "75000\n")},
          {V1_PERIOD("/a", "50000\n")}}},
        {"a container that shows its own group at the mount point",
         0.5,
         {{GROUP, "3:cpu:/docker/abc\n"},
          {MOUNTS, "31 23 0:28 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n"},
          {V1_QUOTA("", "50000\n")},
          {V1_PERIOD("", "100000\n")}}},
        {"a group below the one that is mounted",
         0.75,
         {{GROUP, "3:cpu:/docker/abc/x\n"},
          {MOUNTS, "31 23 0:28 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n"},
          {V1_QUOTA("/x", "75000\n")},
          {V1_PERIOD("/x", "100000\n")}}},
        {"a group whose name only begins like the one that is mounted",
         none,
         {{GROUP, "3:cpu:/docker/abcd\n"},
          {MOUNTS, "31 23 0:28 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n"},
          {V1_QUOTA("d", "75000\n")},
          {V1_PERIOD("d", "100000\n")}}},
        {"cpuset and cpuacct are other controllers",
         none,
         {{GROUP, "3:cpuset,cpuacct:/a\n"},
          {MOUNTS, "31 23 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpuset,cpuacct\n"},
          {V1_QUOTA("/a", "50000\n")},
          {V1_PERIOD("/a", "100000\n")}}},
        {"a blank in the mount point",
         0.5,
         {{GROUP, "3:cpu:/a\n"},
          {MOUNTS, "31 23 0:28 / /the\\040groups rw - cgroup cgroup rw,cpu\n"},
          {"the groups/a/cpu.cfs_quota_us", "50000\n"},
          {"the groups/a/cpu.cfs_period_us", "100000\n"}}},
    };
    expect(trees, sizeof trees / sizeof *trees);
}

Test(quota, both_versions_and_odd_mounts)
{
    static const double none = (double)INFINITY;
    const struct tree trees[] = {
        {"hybrid: version 1 rules CPU time",
         0.5,
         {{GROUP, "3:cpu:/a\n0::/u\n"},
          {MOUNTS, V1 "42 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"},
          {V1_QUOTA("/a", "50000\n")},
          {V1_PERIOD("/a", "100000\n")}}},
        {"hybrid: the smaller of both",
         0.25,
         {{GROUP, "3:cpu:/a\n0::/u\n"},
          {MOUNTS, V1 "42 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"},
          {V1_QUOTA("/a", "50000\n")},
          {V1_PERIOD("/a", "100000\n")},
          {"sys/fs/cgroup/unified/u/cpu.max", "25000 100000\n"}}},
        {"a mount of another group does not count",
         none,
         {{GROUP, "0::/a\n"},
          {MOUNTS, "41 31 0:38 /b /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"},
          {V2_MAX("", "50000 100000\n")},
          {V2_MAX("/a", "50000 100000\n")}}},
        {"a mount from above the namespace: its top is an ancestor",
         0.5,
         {{GROUP, "0::/\n"},
          {MOUNTS, "41 31 0:38 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"},
          {V2_MAX("", "50000 100000\n")}}},
        {"a process moved out of its namespace",
         none,
         {{GROUP, "0::/../b\n"}, {MOUNTS, V2}, {V2_MAX("", "50000 100000\n")}}},
        {"no mounts to be seen", none, {{GROUP, "0::/a\n"}}},
    };
    expect(trees, sizeof trees / sizeof *trees);
}

Test(quota, malformed_files_are_passed_over)
{
    static const double none = (double)INFINITY;
    static const char *const texts[] = {
        "",           "\n",        "50000\n",   "50000 0\n",     "0 100\n", "-5 100\n",
        "x 100000\n", "50000 y\n", "5e4 1e5\n", "50000 100 7\n", " \n",     "maximum 100000\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct tree tree = {texts[i],
                                  2,
                                  {{GROUP, "0::/a\n"},
                                   {MOUNTS, V2},
                                   {V2_MAX("/a", texts[i])},
                                   {V2_MAX("", "200000 100000\n")}}};
        expect(&tree, 1);
    }
    const struct tree trees[] = {
        {"empty files", none, {{GROUP, "\n"}, {MOUNTS, "\n"}}},
        {"lines cut short",
         none,
         {{GROUP, "3\n3:cpu\n:\n::\n0:\n"},
          {MOUNTS, "1 2 3 4\n1 2 - cgroup\n - \n - cgroup2 x y\n"}}},
        {"a period is missing",
         none,
         {{GROUP, "3:cpu:/a\n"}, {MOUNTS, V1}, {V1_QUOTA("/a", "50000\n")}}},
        {"a quota that is no number",
         none,
         {{GROUP, "3:cpu:/a\n"},
          {MOUNTS, V1},
          {V1_QUOTA("/a", "many\n")},
          {V1_PERIOD("/a", "100000\n")}}},
    };
    expect(trees, sizeof trees / sizeof *trees);
}

static void keep_line(yoke_log_level level, const char *line, void *context)
{
    cr_assert_eq(level, YOKE_LOG_WARNING);
    snprintf(context, 512, "%s", line);
}

Test(quota, malformed_files_are_logged)
{
    char line[512] = "";
    yoke_log_set(keep_line, line, YOKE_LOG_WARNING);
    write_file(GROUP, "0::/a\n");
    write_file(MOUNTS, V2);
    write_file(V2_MAX("/a", "fifty 100\n"));
    double cores;
    cr_assert_eq(quota_read(root, &cores), YOKE_OK);
    cr_assert_not_null(strstr(line, "/sys/fs/cgroup/a"), "%s", line);
    cr_assert_not_null(strstr(line, "fifty 100"), "%s", line);
}

Test(quota, a_root_without_proc_is_refused)
{
    double cores = 7;
    cr_assert_eq(quota_read(root, &cores), YOKE_INVALID);
    cr_assert_eq(cores, 7);
    cr_assert_not_null(strstr(yoke_last_error(), root));
    cr_assert_eq(quota_read(NULL, &cores), YOKE_OK);
    cr_assert_gt(cores, 0);
}

Test(quota, limits_described_machines_too)
{
    unsetenv("OMP_NUM_THREADS");
    unsetenv("SLURM_CPUS_PER_TASK");
    write_file(GROUP, "0::/a\n");
    write_file(MOUNTS, V2);
    write_file(V2_MAX("/a", "150000 100000\n"));
    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    options.synthetic = "numa:2 core:4 pu:1";
    options.root = root;
    yoke_topology *topology;
    cr_assert_eq(yoke_topology_open(&options, &topology), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(yoke_topology_workers(topology), 2);
    cr_assert_str_eq(yoke_topology_reason(topology),
                     "the CPU quota of the control group is 1.5 cores");
    yoke_topology_release(topology);
}
