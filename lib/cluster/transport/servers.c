/* Reads the list of servers, and decides which of them need TLS: see servers.h. */
#include "servers.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

/* By the address, not by what a name resolves to: that may change under us. */
static bool is_loopback(const char *host)
{
    struct in_addr ipv4;
    struct in6_addr ipv6;
    if (inet_pton(AF_INET, host, &ipv4) == 1)
        return ntohl(ipv4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &ipv6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&ipv6);
    return strcmp(host, "localhost") == 0;
}

static bool read_port(const char *text)
{
    size_t digits = strspn(text, DIGITS);
    if (digits == 0 || digits > 5 || text[digits])
        return false;
    long port = strtol(text, NULL, 10);
    return port >= 1 && port <= 65535;
}

/* `text` is HOST:PORT or [HOST]:PORT, and is cut in two. */
static bool split(char *text, char **host, char **port)
{
    bool bracket = *text == '[';
    char *end = bracket ? strchr(text, ']') : strrchr(text, ':');
    if (!end || end[bracket] != ':')
        return false;
    *host = text + bracket;
    *port = end + bracket + 1;
    *end = '\0';
    const char *allowed = bracket ? DIGITS "abcdefABCDEF:." : ENTRIES DIGITS ".-";
    return **host && strspn(*host, allowed) == strlen(*host) && read_port(*port);
}

static bool add(struct servers *servers, char *text)
{
    char *host, *port;
    if (servers->count == SERVERS_MAX || strlen(text) > 255 || !split(text, &host, &port))
        return false;
    bool bracket = strchr(host, ':');
    servers->loopback = servers->loopback && is_loopback(host);
    snprintf(servers->url[servers->count++], SERVER_SIZE, "nats://%s%.255s%s:%.5s",
             bracket ? "[" : "", host, bracket ? "]" : "", port);
    return true;
}

yoke_status servers_read(struct servers *servers, const char *list)
{
    servers->count = 0;
    servers->loopback = true;
    char *copy = strdup(list), *rest = copy, *word;
    if (!copy)
        return yoke_error_set(YOKE_NO_MEMORY, "no memory for the list of servers");
    bool good = true;
    while (good && (word = strsep(&rest, ",")))
        good = add(servers, word);
    free(copy);
    if (good)
        return YOKE_OK;
    return yoke_error_set(YOKE_INVALID,
                          "servers \"%.100s\": expected HOST:PORT, several with commas and at most "
                          "%d, such as 127.0.0.1:4222",
                          list, SERVERS_MAX);
}
