/* A hub that demands certificates: who belongs to it is let in, and nobody else. */
#include <criterion/criterion.h>
#include <nats/nats.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster/transport/connection.h"
#include "with_cluster.h"

/* A file of certificates.sh. */
static const char *file(const char *name)
{
    static char paths[32][128];
    static unsigned next;
    char *path = paths[next++];
    snprintf(path, sizeof paths[0], "%s/%s", cluster_folder(), name);
    return path;
}

static yoke_cluster_options options_of(const char *ca, const char *name)
{
    char certificate[32], key[32];
    snprintf(certificate, sizeof certificate, "%s.pem", name);
    snprintf(key, sizeof key, "%s.key", name);
    yoke_cluster_options options = cluster_options("program");
    options.ca_file = file(ca);
    options.certificate_file = file(certificate);
    options.key_file = file(key);
    return options;
}

static void assert_refused(yoke_cluster_options options, const char *who)
{
    yoke_cluster *cluster = NULL;
    options.timeout = YOKE_SECONDS(2);
    cr_assert_eq(yoke_cluster_open(&options, &cluster), YOKE_SYSTEM, "%s: %s", who,
                 yoke_last_error());
}

Test(tls, only_who_has_a_certificate_and_the_password_is_let_in, .init = start_tls_cluster,
     .fini = end_cluster, .timeout = 60)
{
    yoke_cluster_options options = options_of("ca.pem", "program");
    yoke_cluster *cluster;
    cr_assert_eq(yoke_cluster_open(&options, &cluster), YOKE_OK, "%s", yoke_last_error());
    yoke_cluster_release(cluster);
    assert_refused(options_of("ca.pem", "stranger"), "a certificate of another CA");
    assert_refused(options_of("other.pem", "program"), "a hub of another CA");
    assert_refused(cluster_options("program"), "no TLS");
    options.certificate_file = options.key_file = NULL;
    assert_refused(options, "no certificate");
    options = options_of("ca.pem", "program");
    options.credentials = NULL;
    assert_refused(options, "no password");
    char elsewhere[32];
    snprintf(elsewhere, sizeof elsewhere, "localhost:%d", cluster_port());
    options = options_of("ca.pem", "program");
    options.servers = elsewhere;
    assert_refused(options, "a hub whose certificate is for another address");
}

/* ---- the port for other hubs ----------------------------------------------------------------- */

struct outsider {
    const char *what;
    const char *name;     /* its certificate and key; "": none; NULL: it speaks no TLS */
    const char *password; /* NULL: the right one */
};

static void read_route_secret(char secret[64])
{
    FILE *stream = fopen(file("hub/route-credentials"), "r");
    cr_assert(stream && fscanf(stream, "yoke:%63s", secret) == 1);
    fclose(stream);
}

/* A server that wants to be one of the hubs, and lets everybody in by its own port. */
static void write_outsider(const struct outsider *outsider, int port)
{
    char secret[64];
    read_route_secret(secret);
    FILE *stream = fopen(file("outsider.conf"), "w");
    fprintf(stream,
            "listen: \"127.0.0.1:%d\"\ncluster {\n name: yoke\n listen: \"127.0.0.1:-1\"\n"
            " routes: [ \"nats-route://yoke:%s@127.0.0.1:%d\" ]\n",
            port, outsider->password ? outsider->password : secret, cluster_route_port());
    if (outsider->name && !*outsider->name)
        fprintf(stream, " tls { ca_file: \"%s\" }\n", file("ca.pem"));
    else if (outsider->name)
        fprintf(stream, " tls { cert_file: \"%s.pem\", key_file: \"%s.key\", insecure: true }\n",
                file(outsider->name), file(outsider->name));
    fprintf(stream, "}\n");
    cr_assert_eq(fclose(stream), 0);
}

static pid_t start_outsider(void)
{
    pid_t server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (!freopen(file("outsider.log"), "w", stderr))
            _exit(126);
        execlp("nats-server", "nats-server", "-c", file("outsider.conf"), (char *)NULL);
        execl("/usr/sbin/nats-server", "nats-server", "-c", file("outsider.conf"), (char *)NULL);
        _exit(127);
    }
    return server;
}

/* Whether what is said at the outsider's is heard at the hub: hubs tell each other. */
static bool is_heard(struct connection *hub, int port)
{
    char url[40];
    snprintf(url, sizeof url, "nats://127.0.0.1:%d", port);
    natsConnection *outside = NULL;
    natsSubscription *heard = NULL;
    natsMsg *message = NULL;
    for (int i = 0; i < 100 && natsConnection_ConnectTo(&outside, url) != NATS_OK; i++)
        usleep(50000);
    cr_assert(outside, "the outsider does not start");
    cr_assert_eq(natsConnection_SubscribeSync(&heard, hub->nats, "rumour"), NATS_OK);
    cr_assert_eq(natsConnection_Flush(hub->nats), NATS_OK);
    for (int i = 0; i < 30 && !message; i++) {
        natsConnection_PublishString(outside, "rumour", "");
        natsSubscription_NextMsg(&message, heard, 100);
    }
    bool found = message;
    natsMsg_Destroy(message);
    natsSubscription_Destroy(heard);
    natsConnection_Destroy(outside);
    return found;
}

Test(tls, only_hubs_with_a_certificate_and_their_password_join_a_group, .init = start_tls_group,
     .fini = end_cluster, .timeout = 120)
{
    static const struct outsider outsiders[] = {
        {"one that belongs to it", "program", NULL},
        {"its own certificate", "stranger", NULL},
        {"no certificate", "", NULL},
        {"no TLS", NULL, NULL},
        {"a wrong password", "program", "wrong"},
    };
    /* Without a majority the hub keeps no streams, but it passes messages on. */
    yoke_cluster_options options = options_of("ca.pem", "program");
    struct connection hub = {0};
    natsOptions *nats;
    char url[40], line[96];
    FILE *stream = fopen(options.credentials, "r");
    cr_assert(stream && fscanf(stream, "yoke:%95s", line) == 1);
    fclose(stream);
    snprintf(url, sizeof url, "nats://127.0.0.1:%d", cluster_port());
    cr_assert_eq(natsOptions_Create(&nats), NATS_OK);
    natsOptions_SetURL(nats, url);
    natsOptions_SetUserInfo(nats, "yoke", line);
    natsOptions_SetSecure(nats, true);
    natsOptions_LoadCATrustedCertificates(nats, options.ca_file);
    natsOptions_LoadCertificatesChain(nats, options.certificate_file, options.key_file);
    cr_assert_eq(natsConnection_Connect(&hub.nats, nats), NATS_OK, "%s", nats_GetLastError(NULL));
    for (size_t i = 0; i < sizeof outsiders / sizeof *outsiders; i++) {
        int port = find_port();
        write_outsider(&outsiders[i], port);
        pid_t server = start_outsider();
        cr_assert_eq(is_heard(&hub, port), i == 0, "%s", outsiders[i].what);
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
    natsConnection_Destroy(hub.nats);
    natsOptions_Destroy(nats);
}
