/* The CPU quota of the control groups (cgroup version 1 and 2) that this process is in.
 *
 * /proc/self/cgroup names the group in each hierarchy, /proc/self/mountinfo says where a hierarchy
 * is mounted and from which group downwards. A quota on any ancestor holds for the group, so every
 * folder from the group up to the mount point is read and the smallest quota counts. What cannot
 * be read or makes no sense is skipped: a container may hide any of these files. */
#include "quota.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"

struct search {
    const char *root; /* prefix of every path                                                    */
    char *groups[3];  /* [version]: this process's group in the hierarchy that rules CPU time    */
    double cores;     /* the smallest quota so far                                               */
};

static yoke_status no_memory(void)
{
    return error_set(YOKE_NO_MEMORY, "no memory to read the CPU quota");
}

/* Sets `*text` to the whole content of a file, to be freed; to NULL where it cannot be read. */
static yoke_status read_text(const char *folder, const char *name, char **text)
{
    *text = NULL;
    char *path;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return no_memory();
    bool read = file_read_text(path, text);
    free(path);
    return read ? YOKE_OK : no_memory();
}

/* Whether `word` stands in the comma-separated `list`. */
static bool contains(const char *list, const char *word)
{
    size_t length = strlen(word);
    while (list) {
        if (strncmp(list, word, length) == 0 && (list[length] == ',' || list[length] == '\0'))
            return true;
        list = strchr(list, ',');
        if (list)
            list++;
    }
    return false;
}

/* Lines such as "4:cpu,cpuacct:/group" (version 1) and "0::/group" (version 2). */
static yoke_status find_groups(struct search *search, char *text)
{
    char *line;
    while ((line = strsep(&text, "\n"))) {
        char *number = strsep(&line, ":");
        char *controllers = strsep(&line, ":");
        if (!line)
            continue;
        int version = strcmp(number, "0") == 0 ? 2 : contains(controllers, "cpu") ? 1 : 0;
        if (!version || search->groups[version])
            continue;
        search->groups[version] = strdup(line);
        if (!search->groups[version])
            return no_memory();
    }
    return YOKE_OK;
}

/* The kernel writes blanks, tabs, newlines and backslashes in paths as three octal digits. */
static void unescape(char *path)
{
    char *out = path;
    for (const char *in = path; *in; out++) {
        unsigned digits;
        int length = 0;
        if (sscanf(in, "\\%3o%n", &digits, &length) == 1 && length == 4) {
            *out = (char)digits;
            in += 4;
        } else {
            *out = *in++;
        }
    }
    *out = '\0';
}

/* Takes two whole numbers as a quota, in microseconds of processor time per period. */
static void take_quota(struct search *search, const char *folder, const char *quota,
                       const char *period)
{
    char *quota_end, *period_end;
    long long time = strtoll(quota, &quota_end, 10);
    long long per = strtoll(period, &period_end, 10);
    bool numbers = quota_end != quota && period_end != period && !*quota_end && !*period_end;
    if (numbers && time == -1) /* version 1's word for "no quota" */
        return;
    if (!numbers || time <= 0 || per <= 0) {
        log_write(YOKE_LOG_WARNING, "the CPU quota in %.300s is passed over: \"%.20s %.20s\"",
                  folder, quota, period);
        return;
    }
    search->cores = fmin(search->cores, (double)time / (double)per);
}

/* cpu.max reads "50000 100000" or "max 100000". */
static yoke_status read_version_2(struct search *search, const char *folder)
{
    char *text;
    yoke_status status = read_text(folder, "cpu.max", &text);
    if (!text)
        return status;
    char *rest = text;
    char *quota = strsep(&rest, " \n");
    char *period = strsep(&rest, "\n");
    if (strcmp(quota, "max") != 0)
        take_quota(search, folder, quota, period ? period : "");
    free(text);
    return YOKE_OK;
}

static yoke_status read_version_1(struct search *search, const char *folder)
{
    char *quota, *period = NULL;
    yoke_status status = read_text(folder, "cpu.cfs_quota_us", &quota);
    if (quota)
        status = read_text(folder, "cpu.cfs_period_us", &period);
    if (quota && period) {
        quota[strcspn(quota, "\n")] = '\0';
        period[strcspn(period, "\n")] = '\0';
        take_quota(search, folder, quota, period);
    }
    free(quota);
    free(period);
    return status;
}

/* Reads the folder of `group`, a path below the mount point or "", and of every group above. */
static yoke_status climb(struct search *search, int version, const char *mount_point,
                         const char *group)
{
    char *folder;
    if (asprintf(&folder, "%s%s%s", search->root, mount_point, group) < 0)
        return no_memory();
    /* The mount point itself is read last: what is above it is no folder of a group. */
    size_t top = strlen(search->root) + strlen(mount_point);
    yoke_status status = YOKE_OK;
    while (!status) {
        status = version == 1 ? read_version_1(search, folder) : read_version_2(search, folder);
        char *slash = strrchr(folder, '/');
        if (!slash || (size_t)(slash - folder) < top)
            break;
        *slash = '\0';
    }
    free(folder);
    return status;
}

/* The part of `group` below `mounted`, the group that a mount shows at its mount point. NULL when
 * the mount does not show `group`. */
static const char *below(const char *mounted, const char *group)
{
    /* Groups outside the process's namespace: of a mount that shows one from above, only the mount
     * point is certain to be an ancestor; for a process moved out, nothing is. */
    if (strncmp(group, "/..", 3) == 0)
        return NULL;
    if (strncmp(mounted, "/..", 3) == 0)
        return "";
    size_t length = strcmp(mounted, "/") == 0 ? 0 : strlen(mounted);
    if (strncmp(group, mounted, length) != 0 || (group[length] && group[length] != '/'))
        return NULL;
    return strcmp(group + length, "/") == 0 ? "" : group + length;
}

/* A line such as "31 23 0:28 /group /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu". */
static yoke_status search_mount(struct search *search, char *line)
{
    char *dash = strstr(line, " - ");
    if (!dash)
        return YOKE_OK;
    *dash = '\0';
    char *rest = dash + 3;
    const char *type = strsep(&rest, " ");
    strsep(&rest, " "); /* the source */
    const char *options = rest;
    for (int field = 0; field < 3; field++)
        strsep(&line, " ");
    char *mounted = strsep(&line, " ");
    char *mount_point = strsep(&line, " ");
    if (!mount_point || !options)
        return YOKE_OK;
    int version = strcmp(type, "cgroup2") == 0                              ? 2
                  : strcmp(type, "cgroup") == 0 && contains(options, "cpu") ? 1
                                                                            : 0;
    if (!search->groups[version])
        return YOKE_OK;
    unescape(mounted);
    unescape(mount_point);
    const char *group = below(mounted, search->groups[version]);
    return group ? climb(search, version, mount_point, group) : YOKE_OK;
}

static yoke_status search_mounts(struct search *search, char *text)
{
    yoke_status status = YOKE_OK;
    char *line;
    while (!status && (line = strsep(&text, "\n")))
        status = search_mount(search, line);
    return status;
}

yoke_status quota_read(const char *root, double *cores)
{
    struct search search = {root ? root : "", {NULL}, INFINITY};
    char *groups, *mounts = NULL;
    yoke_status status = read_text(search.root, "proc/self/cgroup", &groups);
    if (!status && !groups && root)
        status = error_set(YOKE_INVALID,
                           "cannot read %.300s/proc/self/cgroup: give the folder that holds a "
                           "system's /proc and /sys",
                           root);
    if (groups)
        status = find_groups(&search, groups);
    if (!status)
        status = read_text(search.root, "proc/self/mountinfo", &mounts);
    if (mounts)
        status = search_mounts(&search, mounts);
    free(groups);
    free(mounts);
    free(search.groups[1]);
    free(search.groups[2]);
    if (!status)
        *cores = search.cores;
    return status;
}
