/* The threads of servers: when the system has them, and when it has not. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/os.h"
#include "server/workers/host.h"
#include "with_environment.h"
#include "with_server.h"

static unsigned count_threads(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/task");
    cr_assert_not_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static yoke_status open_with(unsigned workers, yoke_server **server)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = workers;
    return yoke_server_open(&options, server);
}

Test(server_threads, none_is_left_after_closing, .timeout = 60)
{
    if (host_threads_rest())
        cr_skip_test("this OpenMP library keeps its threads");
    unsigned before = count_threads();
    for (int round = 0; round < 50; round++) {
        yoke_server *server = open_server(4);
        cr_assert_eq(yoke_server_resize(server, 12), YOKE_OK);
        cr_assert_geq(count_threads(), before + 12);
        yoke_server_release(server);
        cr_assert_eq(count_threads(), before);
    }
}

/* ---- limits ---------------------------------------------------------------------------------- */

/* Becomes a user whom nobody else is at the time: root has no such limits, and threads of others
 * would count. */
static void limit_threads(unsigned count)
{
    if (geteuid() == 0 && setuid(20000 + (uid_t)getpid() % 40000) != 0)
        cr_skip_test("root cannot become anyone else here");
    struct rlimit limit = {count, count};
    cr_assert_eq(setrlimit(RLIMIT_NPROC, &limit), 0);
}

enum { ROUNDS = 100 };

struct opener {
    pthread_barrier_t *start;
    unsigned opened;
};

static void *open_and_close(void *argument)
{
    struct opener *opener = argument;
    for (int round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(opener->start);
        yoke_server *server;
        yoke_status status = open_with(4, &server);
        cr_assert(status == YOKE_OK || status == YOKE_NO_THREADS);
        if (status != YOKE_OK)
            continue;
        opener->opened++;
        if (yoke_server_resize(server, 20) == YOKE_OK)
            submit_and_check(server);
        yoke_server_release(server);
    }
    return NULL;
}

/* OpenMP ends the process when it cannot have a thread that it was granted before. */
Test(server_threads, two_open_at_once_where_there_is_room_for_one, .timeout = 120)
{
    yoke_server *server = open_server(4);
    unsigned of_server = count_threads() - 1;
    yoke_server_release(server);
    limit_threads(of_server + 7); /* who opens, those that OpenMP keeps, and room to try */
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, 2);
    struct opener openers[2] = {{&start, 0}, {&start, 0}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, open_and_close, &openers[i]), 0);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    cr_assert_gt(openers[0].opened + openers[1].opened, ROUNDS / 2);
    cr_assert_eq(open_with(4, &server), YOKE_OK, "%s", yoke_last_error());
    yoke_server_release(server);
}

/* The next test runs this one in other environments. */
Test(server_threads, address_space_is_limited, .timeout = 60)
{
#ifdef __SANITIZE_ADDRESS__
    cr_skip_test("AddressSanitizer itself needs the address space that this takes away");
#endif
    const char *refused = getenv("REFUSED");
    struct rlimit limit = {UINT64_C(4) << 30, UINT64_C(4) << 30};
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    yoke_server *server;
    yoke_status status = open_with(4, &server);
    cr_assert_eq(status, refused && *refused == 'y' ? YOKE_NO_THREADS : YOKE_OK);
    if (status != YOKE_OK) {
        cr_assert_not_null(strstr(yoke_last_error(), "OMP_STACKSIZE"));
        cr_assert_not_null(strstr(yoke_last_error(), "ulimit -v"));
        return;
    }
    submit_and_check(server);
    yoke_server_release(server);
}

static void check_stack(char *setting, char *refused)
{
    char *const environment[] = {setting, refused, NULL};
    check_environment("server_threads/address_space*", environment);
}

Test(server_threads, stacks_are_as_large_as_openmp_makes_them, .timeout = 120)
{
#ifdef __SANITIZE_ADDRESS__
    cr_skip_test("AddressSanitizer itself needs the address space that this takes away");
#endif
    check_stack("OMP_STACKSIZE=64M", "REFUSED=no");
    check_stack("OMP_STACKSIZE=1G", "REFUSED=yes");
    check_stack("OMP_STACKSIZE= 1 g ", "REFUSED=yes");
    check_stack("OMP_STACKSIZE=1048576", "REFUSED=yes"); /* kilobytes */
    check_stack("GOMP_STACKSIZE=1048576K", "REFUSED=yes");
    /* No size: GCC's OpenMP ignores it, LLVM's takes the largest there is. */
    check_stack("OMP_STACKSIZE=99999999999G", host_threads_rest() ? "REFUSED=yes" : "REFUSED=no");
}

/* ---- other threads of the program ------------------------------------------------------------ */

static pthread_mutex_t staying = PTHREAD_MUTEX_INITIALIZER;

static void *stay(void *argument)
{
    pthread_mutex_lock(&staying);
    pthread_mutex_unlock(&staying);
    return argument;
}

enum { STARTED = 800 };
static atomic_bool all_started;

static void *start_many(void *argument)
{
    pthread_t threads[STARTED];
    pthread_mutex_lock(&staying);
    for (int i = 0; i < STARTED; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, stay, NULL), 0);
        nap(20000);
    }
    atomic_store(&all_started, true);
    pthread_mutex_unlock(&staying);
    for (int i = 0; i < STARTED; i++)
        pthread_join(threads[i], NULL);
    return argument;
}

/* A trial waited until the process had as few threads as before, at 0.1 s of a processor: longer
 * than all of these take. */
Test(server_threads, a_trial_does_not_wait_for_other_threads, .timeout = 60)
{
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, start_many, NULL), 0);
    int trials = 0;
    for (; !atomic_load(&all_started); trials++)
        cr_assert_eq(os_try_threads(2, 0), OS_THREADS_GRANTED);
    pthread_join(thread, NULL);
    cr_assert_gt(trials, 4, "%d trials", trials);
}
