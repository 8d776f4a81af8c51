/* A program of the user's that takes part: a name and a command for the shell. */
#ifndef PEERS_PEER_H
#define PEERS_PEER_H

#include "rounds/contest.h"

enum { PEERS_MAX = 16 };

/* How the option's help describes it. */
#define PEER_HELP                                                                                  \
    "run this program in turn with yoke, its whole process;\n"                                     \
    "in the command {lo} is the first number, {hi} the one\n"                                      \
    "behind the last, {last} the last, {threads} how many.\n"                                      \
    "May be given more than once"

struct peer {
    char name[32];
    const char *command; /* with {lo}, {hi}, {last} and {threads} to fill in                      */
};

/* Reads NAME=COMMAND, which must outlive the peer. Returns 0, or after a report an exit status. */
int peer_read(struct peer *peer, const char *text);

/* Whether its command can be told where to start, and on how many threads. */
bool peer_takes_start(const struct peer *peer);
bool peer_takes_threads(const struct peer *peer);

/* For the contender whose choice is a peer. Its time is that of the whole process. Where it prints
 * numbers, the sum or the count of the primes must be among them. */
int peer_run(const struct contender *self, struct interval interval, double *seconds);

#endif
