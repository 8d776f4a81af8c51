/* Finds out why no node runs the jobs, and says so in the log: see unanswered.h. */
#include "unanswered.h"
#include "cluster/limits.h"

#include <stdio.h>
#include <string.h>

#include "cluster/node/info.h"
#include "cluster/transport/clock.h"
#include "cluster/transport/kernels.h"

/* One that is busy answers late. Where there is no node at all the hub says so at once. */
#define PATIENCE YOKE_SECONDS(1)

struct search {
    char kernel[CHANNEL_SIZE], node[CHANNEL_SIZE]; /* "": any */
    unsigned nodes;
    bool found;
};

static void read_channel(struct search *search, const char *channel)
{
    const char *name = channel + strcspn(channel, "@:") + 1;
    if (kernels_channel_is_for_node(channel))
        snprintf(search->node, CHANNEL_SIZE, "%.*s", (int)strcspn(name, "."), name);
    else
        snprintf(search->kernel, CHANNEL_SIZE, "%s", name);
}

static bool knows(const char *kernels, const char *wanted)
{
    size_t length = strlen(wanted);
    while (kernels && strncmp(kernels, wanted, length) != 0) {
        kernels = strchr(kernels, ' ');
        kernels += kernels != NULL;
    }
    return kernels && (kernels[length] == ' ' || kernels[length] == '\0');
}

static void meet(const yoke_node_info *node, void *context)
{
    struct search *search = context;
    search->nodes++;
    if (*search->node ? strcmp(search->node, node->name) == 0
                      : !*search->kernel || knows(node->kernels, search->kernel))
        search->found = true;
}

static void tell(const struct search *search)
{
    static const char *const told = "no node has answered for 2 s";
    if (search->nodes == 0)
        yoke_log(YOKE_LOG_WARNING, "%s: there is none at the hub; start one with `yoke node`",
                 told);
    else if (*search->node)
        yoke_log(YOKE_LOG_WARNING,
                 "%s: a job waits for the node %s, which is not among the %u at the hub; start it "
                 "with `yoke node --name=%s`",
                 told, search->node, search->nodes, search->node);
    else
        yoke_log(YOKE_LOG_WARNING,
                 "%s: none of the %u at the hub knows the kernel %s; start one that does with "
                 "`yoke node --kernels=FILE.so`",
                 told, search->nodes, search->kernel);
}

void unanswered_explain(struct connection *connection, struct ledger *ledger, const char *channel)
{
    struct search search = {.nodes = 0};
    unsigned malformed = 0;
    if (channel)
        read_channel(&search, channel);
    /* Asking takes up to a second, so no lock is held, and two threads may do it at a time. */
    if (atomic_load(&ledger->explained) ||
        natsConnection_Status(connection->nats) != NATS_CONN_STATUS_CONNECTED ||
        info_ask(connection, PATIENCE, meet, &search, &malformed) != NATS_OK)
        return;
    /* Where there is such a node it is only busy, and nothing is said later either. */
    if (!atomic_exchange(&ledger->explained, true) && !search.found)
        tell(&search);
}

/* With the lock. */
static const struct ledger_job *find_unanswered(const struct ledger *ledger)
{
    int64_t before = clock_now() - UNANSWERED_WAIT;
    for (size_t i = 0; i < ledger->buckets && !ledger->answered && ledger->active; i++) {
        for (const struct ledger_job *job = ledger->jobs[i]; job; job = job->next) {
            if (job->submitted < before)
                return job;
        }
    }
    return NULL;
}

void unanswered_look(struct connection *connection, struct ledger *ledger)
{
    char channel[CHANNEL_SIZE];
    if (atomic_load(&ledger->explained))
        return;
    pthread_mutex_lock(&ledger->lock);
    const struct ledger_job *job = find_unanswered(ledger);
    if (job)
        snprintf(channel, sizeof channel, "%s", job->estimate->channel);
    pthread_mutex_unlock(&ledger->lock);
    if (job)
        unanswered_explain(connection, ledger, channel);
}
