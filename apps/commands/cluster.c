/* Replaces this process by yoke_cluster, which lies beside it: only that program is linked to NATS.
 */
#include "cluster.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/report.h"

static const char *const program = "yoke_cluster";

int cluster_become(char **words)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - strlen(program) - 1);
    size_t count = 0;
    while (words[count])
        count++;
    if (length <= 0)
        return report_failure("cannot find %s: %s", program, strerror(errno));
    path[length] = '\0';
    memcpy(strrchr(path, '/') + 1, program, strlen(program) + 1);
    char **arguments = calloc(count + 2, sizeof *arguments);
    if (!arguments)
        return report_failure("cannot start %s: %s", program, strerror(errno));
    arguments[0] = (char *)program;
    memcpy(arguments + 1, words, count * sizeof *words);
    execv(path, arguments);
    free(arguments);
    return report_failure("cannot start %.200s: %s (it is built where libnats is: make deps)", path,
                          strerror(errno));
}
