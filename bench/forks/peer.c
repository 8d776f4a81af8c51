/* Compiles Lace and lace.c into a library, and loads that: see peer.h. The program is linked such
 * that the library finds the inner loops in it, so these are the same code for all. */
#include "peer.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/report.h"
#include "forks.h"

extern char **environ;

/* A folder, and a file in it. */
enum { FOLDER_SIZE = PATH_MAX, PATH_SIZE = PATH_MAX + 64 };

/* With bench/, Lace's folder and one to write to. All that may stand in lace_config.h, which Lace's
 * own build makes, may be left out. What is hidden is called as directly as in a program. */
static char command[] =
    ": >\"$3/lace_config.h\" && version=`sed -n 's/^ *VERSION \\([0-9.]*\\)$/\\1/p' "
    "\"$2/CMakeLists.txt\"` && exec ${CC:-cc} ${CFLAGS:--O3} -std=gnu11 -fPIC -shared "
    "-fvisibility=hidden -DLACE_VERSION=\"\\\"$version\\\"\" -I\"$1\" -I\"$2/src\" -I\"$3\" "
    "\"$1/forks/lace.c\" \"$2/src/lace.c\" -o \"$3/lace.so\" -pthread";

static bool exists(const char *path)
{
    return access(path, R_OK) == 0;
}

/* ---- folders --------------------------------------------------------------------------------- */

/* Writes the folder bench/, which is the program's, or lies beside one that the program is below.
 */
static bool find_bench(char bench[FOLDER_SIZE])
{
    char program[FOLDER_SIZE - sizeof "/bench"], file[PATH_SIZE];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    for (char *slash; (slash = strrchr(program, '/'));) {
        *slash = '\0';
        snprintf(bench, FOLDER_SIZE, "%s/bench", program);
        snprintf(file, sizeof file, "%s/forks/lace.c", bench);
        if (exists(file))
            return true;
    }
    return false;
}

static bool make_scratch(char scratch[FOLDER_SIZE])
{
    const char *parent = getenv("TMPDIR");
    snprintf(scratch, FOLDER_SIZE, "%s/fork_bench.XXXXXX", parent && *parent ? parent : "/tmp");
    if (mkdtemp(scratch))
        return true;
    report_failure("cannot make the folder %s: %s", scratch, strerror(errno));
    return false;
}

/* What was loaded stays. */
static void remove_scratch(const char *scratch)
{
    static const char *const files[] = {"lace_config.h", "lace.so"};
    for (unsigned i = 0; i < 2; i++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/%s", scratch, files[i]);
        unlink(path);
    }
    rmdir(scratch);
}

/* ---- compiling and loading ------------------------------------------------------------------- */

/* By the shell, since CC and CFLAGS may be several words. */
static bool compile(char *bench, char *folder, char *scratch)
{
    char shell[] = "sh", option[] = "-c";
    char *words[] = {shell, option, command, shell, bench, folder, scratch, NULL};
    pid_t child;
    int status = 0, failed = posix_spawn(&child, "/bin/sh", NULL, NULL, words, environ);
    if (!failed)
        waitpid(child, &status, 0);
    if (!failed && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    report_failure("--peer-source: cannot compile %s; it is to be Lace 1.4 or 1.5", folder);
    return false;
}

static const struct runtime *load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct fork_runtime *(*runtime)(void) = NULL;
    if (library)
        *(void **)&runtime = dlsym(library, "fork_runtime_lace"); /* POSIX's way to a function */
    if (runtime)
        return &runtime()->runtime;
    report_failure("cannot load what was compiled: %s", dlerror());
    return NULL;
}

const struct runtime *peer_load(const char *folder)
{
    char source[FOLDER_SIZE], bench[FOLDER_SIZE], scratch[FOLDER_SIZE], header[PATH_SIZE];
    snprintf(source, sizeof source, "%s", folder);
    snprintf(header, sizeof header, "%s/src/lace.h", source);
    if (!exists(header)) {
        report_failure("--peer-source: there is no %s; name a copy of github.com/trolando/lace",
                       header);
        return NULL;
    }
    if (!find_bench(bench)) {
        report_failure("--peer-source: the sources of the benchmark do not lie where it was built");
        return NULL;
    }
    if (!make_scratch(scratch))
        return NULL;
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/lace.so", scratch);
    const struct runtime *runtime = compile(bench, source, scratch) ? load(path) : NULL;
    remove_scratch(scratch);
    return runtime;
}
