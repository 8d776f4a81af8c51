/* Loads a library that has yoke in it, uses it, and unloads it, again and again, while the threads
 * that used it live on: unload LIBRARY [also "cluster"]. Knows nothing of OpenMP itself, so that
 * OpenMP's library comes and goes with yoke's. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yoke/cluster.h>

enum { ROUNDS = 20 };

static const char *library;
static int with_cluster;

static yoke_status nothing(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    return YOKE_OK;
}

static void fail(const char *what)
{
    fprintf(stderr, "unload: %s\n", what);
    exit(1);
}

/* POSIX lets a pointer to a function be stored this way alone. */
static void find(void *loaded, const char *name, void *function)
{
    void *found = dlsym(loaded, name);
    if (!found)
        fail(dlerror());
    memcpy(function, &found, sizeof found);
}

static void run_jobs(void *loaded)
{
    yoke_status (*open)(const yoke_server_options *, yoke_server **);
    yoke_status (*submit)(yoke_server *, const yoke_task *, yoke_job **);
    yoke_status (*wait)(yoke_server *, yoke_duration);
    void (*release)(yoke_server *);
    find(loaded, "yoke_server_open", &open);
    find(loaded, "yoke_submit", &submit);
    find(loaded, "yoke_server_wait", &wait);
    find(loaded, "yoke_server_release", &release);
    yoke_server *server;
    if (open(NULL, &server) != YOKE_OK)
        fail("no server");
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    for (int i = 0; i < 1000; i++)
        if (submit(server, &task, NULL) != YOKE_OK)
            fail("no job");
    if (wait(server, YOKE_FOREVER) != YOKE_OK)
        fail("no end");
    release(server);
}

/* There is no hub, but libnats is set up by then, with threads and a key of its own. */
static void miss_hub(void *loaded)
{
    yoke_status (*open)(const yoke_cluster_options *, yoke_cluster **);
    find(loaded, "yoke_cluster_open", &open);
    yoke_cluster_options options = YOKE_CLUSTER_OPTIONS_INIT;
    options.servers = "127.0.0.1:1";
    options.timeout = YOKE_MILLISECONDS(50);
    yoke_cluster *cluster;
    if (open(&options, &cluster) == YOKE_OK)
        fail("a hub at port 1");
}

static void use_and_unload(void)
{
    void *loaded = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!loaded)
        fail(dlerror());
    run_jobs(loaded);
    if (with_cluster)
        miss_hub(loaded);
    dlclose(loaded);
}

static void *use_and_end(void *argument)
{
    use_and_unload();
    return argument;
}

/* The lowest key that is free: one that was leaked makes it another. */
static pthread_key_t free_key(void)
{
    pthread_key_t key;
    if (pthread_key_create(&key, NULL) != 0)
        fail("all thread keys have leaked");
    pthread_key_delete(key);
    return key;
}

int main(int count, char **arguments)
{
    if (count < 2)
        fail("which library?");
    library = arguments[1];
    with_cluster = count > 2;
    alarm(100);
    use_and_unload();
    pthread_key_t key = free_key();
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, use_and_end, NULL) != 0 ||
            pthread_join(thread, NULL) != 0)
            fail("no thread");
    }
    if (free_key() != key)
        fail("thread keys have leaked");
    puts("unloaded");
    return 0;
}
