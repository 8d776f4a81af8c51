/* Connects to the hub, and sees to it that the streams are there: see connection.h. */
#include "connection.h"
#include "cluster/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "machine.h"
#include "servers.h"

/* A connection that answers none of two pings is dead: a cut is noticed within two seconds, and a
 * ping a second is nothing. The same wait is long enough between tries not to drown a hub that
 * starts; and what it has not answered in QUESTION_WAIT is asked once more. */
#define PINGS_MOST 2
/* Bytes that are read at a time: a large result takes a few calls, not dozens. */
#define BUFFER_SIZE 262144

#define REMOVE_JOB_SUBJECT "$JS.API.STREAM.MSG.DELETE." JOBS_STREAM

/* Copies that a group of hubs keeps of each message: with three, any one hub may die. */
#define REPLICAS 3

yoke_status connection_failed(natsStatus status, const char *what)
{
    const char *detail = nats_GetLastError(NULL);
    return yoke_error_set(status == NATS_NO_MEMORY ? YOKE_NO_MEMORY : YOKE_SYSTEM, "%s: %s%s%s",
                          what, natsStatus_GetText(status), detail && *detail ? ": " : "",
                          detail ? detail : "");
}

/* ---- options --------------------------------------------------------------------------------- */

/* The first line of the file, USER:PASSWORD, cut in two. */
static yoke_status read_credentials(const char *path, char line[512], char **password)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return yoke_error_set(YOKE_INVALID, "credentials \"%.200s\": %s%s", path, strerror(errno),
                              errno == ENOENT ? "; `yoke hub` writes them where it runs" : "");
    bool read = fgets(line, 512, file);
    fclose(file);
    line[read ? strcspn(line, "\r\n") : 0] = '\0';
    *password = strchr(line, ':');
    if (!*password || *password == line || !(*password)[1])
        return yoke_error_set(YOKE_INVALID,
                              "credentials \"%.200s\": the first line must be USER:PASSWORD", path);
    *(*password)++ = '\0';
    return YOKE_OK;
}

static yoke_status check_options(const yoke_cluster_options *options, struct servers *servers)
{
    if (options->timeout < 0 || options->silence < 0)
        return yoke_error_set(YOKE_INVALID, "timeout and silence must not be negative");
    if (options->name && !wire_name_valid(options->name, YOKE_CLUSTER_NAME_MAX))
        return yoke_error_set(YOKE_INVALID,
                              "name \"%.60s\": expected letters, digits, _ and -, at most %d",
                              options->name, YOKE_CLUSTER_NAME_MAX);
    if (!options->certificate_file != !options->key_file ||
        (options->certificate_file && !options->ca_file))
        return yoke_error_set(YOKE_INVALID, "a certificate needs its key and the CA's certificate");
    yoke_status status =
        servers_read(servers, options->servers ? options->servers : "127.0.0.1:4222");
    if (status == YOKE_OK && !servers->loopback &&
        !(options->credentials && options->certificate_file))
        return yoke_error_set(YOKE_INVALID,
                              "servers \"%.100s\" are beyond this machine: that takes credentials, "
                              "a CA's certificate, and a certificate of our own with its key",
                              options->servers);
    return status;
}

static void choose_name(char name[YOKE_CLUSTER_NAME_MAX + 1], const char *wanted)
{
    char host[YOKE_CLUSTER_NAME_MAX - 10]; /* leaves room for the number of the process */
    machine_name(host, sizeof host);
    host[strcspn(host, ".")] = '\0';
    if (wanted)
        snprintf(name, YOKE_CLUSTER_NAME_MAX + 1, "%s", wanted);
    else
        snprintf(name, YOKE_CLUSTER_NAME_MAX + 1, "%s-%d",
                 wire_name_valid(host, sizeof host) ? host : "host", machine_process());
}

/* ---- connecting ------------------------------------------------------------------------------ */

/* After the first call that fails the rest is left out. */
#define TRY(status, call) ((status) == NATS_OK ? (status) = (call) : (status))

static natsStatus set_tls(natsOptions *nats, const yoke_cluster_options *options)
{
    natsStatus status = NATS_OK;
    if (!options->ca_file)
        return status;
    TRY(status, natsOptions_SetSecure(nats, true));
    TRY(status, natsOptions_LoadCATrustedCertificates(nats, options->ca_file));
    if (options->certificate_file)
        TRY(status,
            natsOptions_LoadCertificatesChain(nats, options->certificate_file, options->key_file));
    return status;
}

/* These are given no context: NATS does not tell when it has made the last call. */
static void note_lost(natsConnection *nats, void *unused)
{
    (void)unused;
    if (!natsConnection_IsClosed(nats))
        yoke_log(YOKE_LOG_WARNING, "the connection to the hub is lost; trying again");
}

static void note_back(natsConnection *nats, void *unused)
{
    (void)unused;
    char url[SERVER_SIZE] = "";
    natsConnection_GetConnectedUrl(nats, url, sizeof url);
    yoke_log(YOKE_LOG_WARNING, "connected to a hub again, %s", url);
}

static natsStatus set_options(natsOptions *nats, const yoke_cluster_options *options,
                              const struct servers *servers, const struct connection *connection)
{
    const char *urls[SERVERS_MAX];
    for (int i = 0; i < servers->count; i++)
        urls[i] = servers->url[i];
    natsStatus status = natsOptions_SetServers(nats, urls, servers->count);
    TRY(status, natsOptions_SetName(nats, connection->name));
    TRY(status, natsOptions_SetTimeout(nats, connection->timeout / 1000000 + 1));
    TRY(status, natsOptions_SetMaxReconnect(nats, -1));
    TRY(status, natsOptions_SetReconnectWait(nats, LIMIT_MILLISECONDS(RECONNECT_WAIT)));
    TRY(status, natsOptions_SetPingInterval(nats, LIMIT_MILLISECONDS(PING_INTERVAL)));
    TRY(status, natsOptions_SetMaxPingsOut(nats, PINGS_MOST));
    TRY(status, natsOptions_SetSendAsap(nats, true));
    TRY(status, natsOptions_SetIOBufSize(nats, BUFFER_SIZE));
    /* What a request waits for went down with the hub. */
    TRY(status, natsOptions_SetFailRequestsOnDisconnect(nats, true));
    TRY(status, natsOptions_SetDisconnectedCB(nats, note_lost, NULL));
    TRY(status, natsOptions_SetReconnectedCB(nats, note_back, NULL));
    /* Servers that the hub tells of may lie beyond what was checked. */
    TRY(status, natsOptions_SetIgnoreDiscoveredServers(nats, true));
    return TRY(status, set_tls(nats, options));
}

static natsStatus connect_to(struct connection *connection, natsOptions *nats, const char *user,
                             const char *password)
{
    natsStatus status = user ? natsOptions_SetUserInfo(nats, user, password) : NATS_OK;
    TRY(status, natsConnection_Connect(&connection->nats, nats));
    TRY(status, natsConnection_JetStream(&connection->stream, connection->nats, NULL));
    return TRY(status, connection_prepare(connection));
}

yoke_status connection_open(struct connection *connection, const yoke_cluster_options *options)
{
    *connection = (struct connection){0};
    struct servers servers;
    char line[512], *password = NULL;
    yoke_status checked = check_options(options, &servers);
    if (checked == YOKE_OK && options->credentials)
        checked = read_credentials(options->credentials, line, &password);
    if (checked != YOKE_OK)
        return checked;
    choose_name(connection->name, options->name);
    connection->timeout = options->timeout ? options->timeout : CONNECT_WAIT;

    natsOptions *nats = NULL;
    natsStatus status = natsOptions_Create(&nats);
    TRY(status, set_options(nats, options, &servers, connection));
    TRY(status, connect_to(connection, nats, password ? line : NULL, password));
    natsOptions_Destroy(nats);
    explicit_bzero(line, sizeof line);
    if (status == NATS_OK)
        return YOKE_OK;
    char what[200];
    snprintf(what, sizeof what, "cannot connect to the hub at %.100s (start it with `yoke hub`)",
             options->servers ? options->servers : "127.0.0.1:4222");
    checked = connection_failed(status, what);
    connection_close(connection);
    return checked;
}

void connection_close(struct connection *connection)
{
    if (connection->nats)
        natsConnection_Close(connection->nats);
    jsCtx_Destroy(connection->stream);
    natsConnection_Destroy(connection->nats);
    connection->stream = NULL;
    connection->nats = NULL;
}

uint64_t connection_room(struct connection *connection)
{
    int64_t room = natsConnection_GetMaxPayload(connection->nats);
    return room > 0 ? (uint64_t)room : 0;
}

uint64_t connection_reconnects(struct connection *connection)
{
    uint64_t reconnects = 0;
    natsStatistics *statistics = NULL;
    if (natsStatistics_Create(&statistics) == NATS_OK &&
        natsConnection_GetStats(connection->nats, statistics) == NATS_OK)
        natsStatistics_GetCounts(statistics, NULL, NULL, NULL, NULL, &reconnects);
    natsStatistics_Destroy(statistics);
    return reconnects;
}

/* ---- streams --------------------------------------------------------------------------------- */

/* What was refused, not left unanswered, is asked again: a group of hubs needs seconds to find a
 * leader, and a hub may refuse for a moment what others are adding. */
static natsStatus busy_if_refused(natsStatus status, jsErrCode error)
{
    return error ? NATS_NO_RESPONDERS : status;
}

static bool ask_again(natsStatus *status, jsErrCode error, int64_t deadline)
{
    *status = busy_if_refused(*status, error);
    bool again = *status == NATS_NO_RESPONDERS && clock_now() < deadline;
    if (again)
        nats_Sleep(LIMIT_MILLISECONDS(RECONNECT_WAIT));
    return again;
}

/* A stream that gets its first message, and loses its last one, has the hub open, cut and close
 * files, which costs more than the message itself. So one message lies there for ever, its anchor:
 * nobody asks for its subject. One is enough, whoever comes first. */
static natsStatus anchor(jsCtx *stream, const char *subject)
{
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MsgId = subject;
    jsErrCode error = 0;
    natsStatus status = js_Publish(NULL, stream, subject, NULL, 0, &options, &error);
    return busy_if_refused(status, error);
}

/* Where it is there, an operator may have given it more replicas, say, and that is fine. A hub that
 * is about to end is asked, not told: 2.9.10 dies of being told. And one that has just started
 * answers some of those who all ask at once never: they ask again. */
static natsStatus find_or_add(jsCtx *stream, jsStreamConfig config, int64_t wait,
                              jsStreamInfo **found)
{
    jsErrCode error = 0;
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = wait;
    natsStatus status = js_GetStreamInfo(found, stream, config.Name, &options, &error);
    if (status == NATS_NOT_FOUND)
        status = js_AddStream(found, stream, &config, NULL, &error);
    config.Replicas = 1;
    if (error == JSStreamReplicasNotSupportedErr) /* a single hub */
        status = js_AddStream(found, stream, &config, NULL, &error);
    return busy_if_refused(status, error);
}

/* While a stream is set up, the hub tells of it already, but not yet when it was created, and
 * 2.9.10 dies of being asked what is in it. What has stored a message is whole: so only a stream
 * that has one is believed. */
static natsStatus prepare_stream(struct connection *connection, jsStreamConfig config,
                                 const char *anchor_subject)
{
    natsStatus status = NATS_NO_RESPONDERS;
    bool anchored = false, ready = false;
    int64_t wait = LIMIT_MILLISECONDS(QUESTION_WAIT), end = clock_now() + connection->timeout;
    while (!ready && clock_now() < end) {
        jsStreamInfo *found = NULL;
        status = find_or_add(connection->stream, config, wait, &found);
        ready = status == NATS_OK && (anchored || found->State.Msgs > 0);
        if (ready && strcmp(config.Name, JOBS_STREAM) == 0) {
            connection->created = found->Created;
            connection->last = found->State.LastSeq;
        }
        jsStreamInfo_Destroy(found);
        if (status == NATS_OK && !ready)
            status = anchor(connection->stream, anchor_subject);
        anchored = status == NATS_OK;
        if (status == NATS_NO_RESPONDERS)
            nats_Sleep(LIMIT_MILLISECONDS(RECONNECT_WAIT));
        else if (status == NATS_TIMEOUT)
            wait *= 2;
        else if (status != NATS_OK)
            break;
    }
    return status;
}

static jsStreamConfig describe(const char *name, const char **subjects, int64_t age)
{
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    config.Name = name;
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    config.MaxAge = age;
    config.Duplicates = COPIES_WINDOW;
    config.Replicas = REPLICAS;
    return config;
}

natsStatus connection_prepare(struct connection *connection)
{
    /* Else each request waits for its answer in vain. */
    if (natsConnection_Status(connection->nats) != NATS_CONN_STATUS_CONNECTED)
        return NATS_CONNECTION_DISCONNECTED;
    const char *subjects[] = {JOBS_SUBJECT ">", RESULTS_SUBJECT "*.*", SESSION_SUBJECT ">"};
    jsStreamConfig jobs = describe(JOBS_STREAM, &subjects[0], 0);
    jsStreamConfig results = describe(RESULTS_STREAM, &subjects[1], RESULTS_AGE);
    jsStreamConfig session = describe(SESSION_STREAM, &subjects[2], SESSION_AGE);
    jobs.Retention = results.Retention = js_WorkQueuePolicy;
    natsStatus status = prepare_stream(connection, jobs, JOBS_SUBJECT "=.0");
    TRY(status, prepare_stream(connection, results, RESULTS_SUBJECT "=.0"));
    return TRY(status, prepare_stream(connection, session, SESSION_SUBJECT "=.0"));
}

natsStatus connection_prepare_blobs(struct connection *connection)
{
    if (natsConnection_Status(connection->nats) != NATS_CONN_STATUS_CONNECTED)
        return NATS_CONNECTION_DISCONNECTED;
    const char *subjects = BLOBS_SUBJECT "*.*";
    jsStreamConfig blobs = describe(BLOBS_STREAM, &subjects, BLOBS_AGE);
    blobs.MaxMsgsPerSubject = 1; /* what is put there again takes the position of the old */
    blobs.AllowDirect = true;
    return prepare_stream(connection, blobs, BLOBS_SUBJECT "=.0");
}

natsStatus connection_subscribe(struct connection *connection, natsSubscription **subscription,
                                const char *stream, const char *subjects, const char *name)
{
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = stream;
    options.ManualAck = true;
    options.Config.Durable = name;
    options.Config.AckWait = ACKNOWLEDGE_WAIT;
    options.Config.InactiveThreshold = PROGRAM_SILENCE;
    natsStatus status;
    jsErrCode error = 0;
    int64_t end = clock_now() + connection->timeout;
    do
        status =
            js_SubscribeSync(subscription, connection->stream, subjects, NULL, &options, &error);
    while (ask_again(&status, error, end));
    return status;
}

natsStatus connection_describe(struct connection *connection, natsSubscription *subscription,
                               jsConsumerInfo **description)
{
    natsStatus status;
    jsErrCode error = 0;
    int64_t end = clock_now() + connection->timeout;
    do
        status = natsSubscription_GetConsumerInfo(description, subscription, NULL, &error);
    while (ask_again(&status, error, end));
    return status;
}

/* Neither this nor a removal is answered or sent again: what gets lost costs time on a node, and
 * the ledger drops the result. */
void connection_cancel(struct connection *connection, const char *client, uint64_t sequence)
{
    if (natsConnection_Status(connection->nats) != NATS_CONN_STATUS_CONNECTED)
        return;
    char id[WIRE_ID_SIZE];
    wire_id_write(id, client, sequence);
    natsConnection_PublishString(connection->nats, CANCEL_SUBJECT, id);
}

void connection_cancel_all(struct connection *connection, const char *client)
{
    char id[WIRE_ID_SIZE];
    wire_id_write_all(id, client);
    natsConnection_PublishString(connection->nats, CANCEL_SUBJECT, id);
}

void connection_remove_job(struct connection *connection, uint64_t position)
{
    char request[64];
    snprintf(request, sizeof request, "{\"seq\":%" PRIu64 ",\"no_erase\":true}", position);
    if (position && natsConnection_Status(connection->nats) == NATS_CONN_STATUS_CONNECTED)
        natsConnection_PublishString(connection->nats, REMOVE_JOB_SUBJECT, request);
}
