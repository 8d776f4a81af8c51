/* Checks the options of `yoke hub`, writes the configuration and secrets of a NATS server, and
 * becomes that server: see hub.h. */
#include "hub.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yoke/version.h>

#include "cli/json.h"
#include "cli/report.h"

enum { SECRET_BYTES = 24, SECRET_SIZE = 2 * SECRET_BYTES + 1 };

#define USER "yoke"

/* Two hubs stop when either dies, and the streams have no more than five copies. */
enum { GROUP_LEAST = 3, GROUP_MOST = 5 };

struct secrets {
    char client[SECRET_SIZE]; /* of nodes and programs */
    char route[SECRET_SIZE];  /* of hubs among each other: who may submit is no hub yet */
};

/* ---- what is asked for ----------------------------------------------------------------------- */

static bool is_loopback(const char *listen)
{
    char host[64];
    struct in_addr ipv4;
    size_t length = strcspn(listen, ":");
    if (strncmp(listen, "[::1]:", 6) == 0 || strncmp(listen, "localhost:", 10) == 0)
        return true;
    if (length >= sizeof host)
        return false;
    memcpy(host, listen, length);
    host[length] = '\0';
    return inet_pton(AF_INET, host, &ipv4) == 1 && ntohl(ipv4.s_addr) >> 24 == 127;
}

/* Everything goes between quotes into the configuration. */
static bool is_quotable(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || strchr("\"\\$", *text))
            return false;
    }
    return true;
}

/* Copies the next HOST:PORT of a list with commas and returns the rest; NULL at its end. */
static const char *next_address(const char *list, char address[80])
{
    size_t length = strcspn(list, ",");
    if (length == 0 || length >= 80 || !memchr(list, ':', length))
        return NULL;
    memcpy(address, list, length);
    address[length] = '\0';
    return list + length + (list[length] == ',');
}

static int check_routes(const char *routes, bool tls)
{
    char address[80];
    int hubs = 0;
    const char *rest = routes;
    for (; rest && *rest; hubs += rest != NULL) {
        rest = next_address(rest, address);
        if (rest && !tls && !is_loopback(address))
            return report_usage("--routes=%.60s: %s is beyond this machine: that takes TLS, with "
                                "--ca, --certificate and --key",
                                routes, address);
    }
    if (rest && hubs % 2 == 1 && hubs >= GROUP_LEAST && hubs <= GROUP_MOST)
        return EXIT_SUCCESS;
    return report_usage("--routes=%.100s: expected three or five HOST:PORT with commas: where this "
                        "hub listens to the others first, then where they do",
                        routes);
}

static int check(const struct hub *hub)
{
    const char *texts[] = {hub->directory,        hub->listen,   hub->ca_file,
                           hub->certificate_file, hub->key_file, hub->routes};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i] && !is_quotable(texts[i]))
            return report_usage("\"%.100s\" has a character that the hub's configuration cannot "
                                "hold: \", \\, $ or a control character",
                                texts[i]);
    }
    bool all = hub->ca_file && hub->certificate_file && hub->key_file;
    if (!all && (hub->ca_file || hub->certificate_file || hub->key_file))
        return report_usage("TLS takes all of --ca, --certificate and --key");
    if (!strchr(hub->listen, ':'))
        return report_usage("--listen=%.60s: expected HOST:PORT, such as 127.0.0.1:4222",
                            hub->listen);
    if (!all && !is_loopback(hub->listen))
        return report_usage("--listen=%.60s is beyond this machine: that takes TLS, with --ca, "
                            "--certificate and --key",
                            hub->listen);
    return hub->routes ? check_routes(hub->routes, all) : EXIT_SUCCESS;
}

/* ---- files ----------------------------------------------------------------------------------- */

static bool choose_secret(char secret[SECRET_SIZE])
{
    unsigned char bytes[SECRET_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return false;
    for (int i = 0; i < SECRET_BYTES; i++)
        snprintf(secret + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

/* Puts a new secret into the file unless it is there. Nodes may be waiting for it: they never see
 * half of it. */
static bool create_secret(const char *path)
{
    char secret[SECRET_SIZE], draft[PATH_MAX + 16];
    if (access(path, F_OK) == 0)
        return true;
    snprintf(draft, sizeof draft, "%s.%d", path, (int)getpid());
    int file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    bool written = choose_secret(secret) && dprintf(file, USER ":%s\n", secret) > 0;
    written = close(file) == 0 && written &&
              (link(draft, path) == 0 || errno == EEXIST || rename(draft, path) == 0);
    unlink(draft);
    return written;
}

static bool read_secret(const char *path, char secret[SECRET_SIZE])
{
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool read = fscanf(file, USER ":%48[0-9a-f]", secret) == 1;
    fclose(file);
    if (!read)
        errno = EINVAL;
    return read;
}

/* A file of the hub's folder, with a secret that is chosen when it is not there yet. */
static int take_secret(const struct hub *hub, const char *name, char secret[SECRET_SIZE])
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", hub->directory, name);
    if (create_secret(path) && read_secret(path, secret))
        return EXIT_SUCCESS;
    return report_failure("%.200s: %s", path, strerror(errno));
}

/* ---- the configuration ----------------------------------------------------------------------- */

static void write_tls(const struct hub *hub, FILE *file)
{
    if (hub->ca_file)
        fprintf(file,
                "tls { ca_file: \"%s\", cert_file: \"%s\", key_file: \"%s\", verify: true }\n",
                hub->ca_file, hub->certificate_file, hub->key_file);
}

/* Nodes are not told of the other hubs: they know whom to trust by themselves. */
static void write_group(const struct hub *hub, const char *secret, FILE *file)
{
    char own[80], other[80];
    const char *rest = next_address(hub->routes, own);
    fprintf(file,
            "cluster {\n"
            "name: \"yoke\"\n"
            "listen: \"%s\"\n"
            "no_advertise: true\n"
            "authorization { user: \"" USER "\", password: \"%s\", timeout: 3 }\n"
            "routes: [\n",
            own, secret);
    while (rest && *rest && (rest = next_address(rest, other)))
        fprintf(file, "\"nats-route://" USER ":%s@%s\"\n", secret, other);
    fprintf(file, "]\n");
    write_tls(hub, file);
    fprintf(file, "}\n");
}

/* No two hubs of a group may have one name. */
static void write_name(const struct hub *hub, FILE *file)
{
    char address[80] = "";
    if (hub->routes)
        next_address(hub->routes, address);
    for (char *c = address; *c; c++) {
        if (strchr(".:[]", *c))
            *c = '-';
    }
    fprintf(file, "server_name: \"yoke-hub%s%s\"\n", *address ? "-" : "", address);
}

static bool write_configuration(const struct hub *hub, const char *path,
                                const struct secrets *secrets)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return false;
    fprintf(file,
            "# Written anew whenever `yoke hub` starts.\n"
            "listen: \"%s\"\n"
            "max_payload: 8MB\n"
            "ping_interval: \"1s\"\n"
            "ping_max: 2\n"
            "authorization { user: \"" USER "\", password: \"%s\" }\n"
            "jetstream { store_dir: \"%s\" }\n",
            hub->listen, secrets->client, hub->directory);
    write_name(hub, file);
    write_tls(hub, file);
    if (hub->routes)
        write_group(hub, secrets->route, file);
    bool written = !ferror(file);
    return fclose(file) == 0 && written;
}

/* ---- becoming it ----------------------------------------------------------------------------- */

static void tell(const struct hub *hub)
{
    fprintf(stderr,
            "yoke: the hub listens on %s; nodes and programs need the credentials in "
            "%s/credentials\n",
            hub->listen, hub->directory);
    if (hub->routes)
        fprintf(stderr,
                "yoke: the other hubs need the same files credentials and route-credentials in "
                "their folders\n");
}

static void tell_json(const struct hub *hub, const char *configuration)
{
    char credentials[PATH_MAX];
    snprintf(credentials, sizeof credentials, "%s/credentials", hub->directory);
    struct json json = {false};
    json_begin(&json, NULL, '{');
    json_text(&json, "command", "hub");
    json_text(&json, "listen", hub->listen);
    json_value(&json, "tls", "%s", hub->ca_file ? "true" : "false");
    json_text(&json, "credentials", credentials);
    json_text(&json, "configuration", configuration);
    if (hub->routes)
        json_text(&json, "routes", hub->routes);
    json_text(&json, "version", yoke_version());
    json_end(&json, '}');
    putchar('\n');
    fflush(stdout); /* what follows is another program */
}

int hub_become(const struct hub *hub)
{
    int status = check(hub);
    if (status != EXIT_SUCCESS)
        return status;
    umask(077);
    if (mkdir(hub->directory, 0700) != 0 && errno != EEXIST)
        return report_failure("%.200s: %s", hub->directory, strerror(errno));
    struct secrets secrets;
    status = take_secret(hub, "credentials", secrets.client);
    if (status == EXIT_SUCCESS && hub->routes)
        status = take_secret(hub, "route-credentials", secrets.route);
    if (status != EXIT_SUCCESS)
        return status;
    char configuration[PATH_MAX];
    snprintf(configuration, sizeof configuration, "%s/hub.conf", hub->directory);
    if (!write_configuration(hub, configuration, &secrets))
        return report_failure("%.200s: %s", configuration, strerror(errno));
    if (hub->json)
        tell_json(hub, configuration);
    else
        tell(hub);
    execlp("nats-server", "nats-server", "-c", configuration, (char *)NULL);
    /* Debian keeps it where only root's PATH leads. */
    execl("/usr/sbin/nats-server", "nats-server", "-c", configuration, (char *)NULL);
    return report_failure("cannot start nats-server: %s (Debian: apt-get install nats-server)",
                          strerror(errno));
}
