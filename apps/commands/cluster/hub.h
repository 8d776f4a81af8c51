/* `yoke hub`: a safe configuration, and a NATS server that runs on it. */
#ifndef CLUSTER_HUB_H
#define CLUSTER_HUB_H

#include <stdbool.h>

struct hub {
    const char *directory; /* configuration, credentials and what is stored; created              */
    const char *listen;    /* HOST:PORT                                                           */
    const char *ca_file, *certificate_file, *key_file; /* or NULL                                 */
    const char *routes; /* of a group of hubs: where this one listens to the others, HOST:PORT,   */
                        /* and where they do, with commas; or NULL                                */
    bool json;          /* tell about it on stdout, as JSON, instead of on stderr                 */
};

/* Writes DIRECTORY/hub.conf anew, and DIRECTORY/credentials with a password of its own where there
 * is none, readable by the owner alone; in a group also DIRECTORY/route-credentials, by which hubs
 * know each other. Then becomes nats-server: returns only what went wrong, the exit status after a
 * report. Refuses to listen beyond the loopback without all three files. */
int hub_become(const struct hub *hub);

#endif
