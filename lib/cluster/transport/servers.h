/* The list of servers that a user gives, and whether it may be used without TLS. */
#ifndef CLUSTER_SERVERS_H
#define CLUSTER_SERVERS_H

#include <stdbool.h>
#include <yoke/cluster.h>

#define SERVERS_MAX 16
#define SERVER_SIZE 280 /* nats://HOST:PORT, the host of at most 255 bytes */

struct servers {
    char url[SERVERS_MAX][SERVER_SIZE];
    int count;
    bool loopback; /* all of them are on this machine */
};

/* Reads "HOST:PORT,HOST:PORT"; an IPv6 host stands in brackets. Errors: YOKE_INVALID. */
yoke_status servers_read(struct servers *servers, const char *list);

#endif
