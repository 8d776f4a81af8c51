/* A hub that demands certificates: who belongs to it is let in, and nobody else. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

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
