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

#include "report.h"

enum { SECRET_BYTES = 24, SECRET_SIZE = 2 * SECRET_BYTES + 1 };

#define USER "yoke"

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

static int check(const struct hub *hub)
{
    const char *texts[] = {hub->directory, hub->listen, hub->ca_file, hub->certificate_file,
                           hub->key_file};
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
    return EXIT_SUCCESS;
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

/* Puts a new secret into the file unless it is there. */
static bool create_secret(const char *path)
{
    char secret[SECRET_SIZE];
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return errno == EEXIST;
    bool written = choose_secret(secret) && dprintf(file, USER ":%s\n", secret) > 0;
    return close(file) == 0 && written;
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

static bool write_configuration(const struct hub *hub, const char *path, const char *secret)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return false;
    fprintf(file,
            "# Written anew whenever `yoke hub` starts.\n"
            "listen: \"%s\"\n"
            "server_name: \"yoke-hub\"\n"
            "max_payload: 8MB\n"
            "ping_interval: \"1s\"\n"
            "ping_max: 2\n"
            "authorization { user: \"" USER "\", password: \"%s\" }\n"
            "jetstream { store_dir: \"%s\" }\n",
            hub->listen, secret, hub->directory);
    if (hub->ca_file)
        fprintf(file,
                "tls { ca_file: \"%s\", cert_file: \"%s\", key_file: \"%s\", verify: true }\n",
                hub->ca_file, hub->certificate_file, hub->key_file);
    bool written = !ferror(file);
    return fclose(file) == 0 && written;
}

/* ---- becoming it ----------------------------------------------------------------------------- */

int hub_become(const struct hub *hub)
{
    int status = check(hub);
    if (status != EXIT_SUCCESS)
        return status;
    char credentials[PATH_MAX], configuration[PATH_MAX], secret[SECRET_SIZE];
    snprintf(credentials, sizeof credentials, "%s/credentials", hub->directory);
    snprintf(configuration, sizeof configuration, "%s/hub.conf", hub->directory);
    umask(077);
    if (mkdir(hub->directory, 0700) != 0 && errno != EEXIST)
        return report_failure("%.200s: %s", hub->directory, strerror(errno));
    if (!create_secret(credentials) || !read_secret(credentials, secret))
        return report_failure("%.200s: %s", credentials, strerror(errno));
    if (!write_configuration(hub, configuration, secret))
        return report_failure("%.200s: %s", configuration, strerror(errno));
    fprintf(stderr, "yoke: the hub listens on %s; nodes and programs need the credentials in %s\n",
            hub->listen, credentials);
    execlp("nats-server", "nats-server", "-c", configuration, (char *)NULL);
    /* Debian keeps it where only root's PATH leads. */
    execl("/usr/sbin/nats-server", "nats-server", "-c", configuration, (char *)NULL);
    return report_failure("cannot start nats-server: %s (Debian: apt-get install nats-server)",
                          strerror(errno));
}
