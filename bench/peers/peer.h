/* A program of the user's that takes part: a name and a command for the shell. */
#ifndef PEERS_PEER_H
#define PEERS_PEER_H

#include "rounds/contest.h"

enum { PEERS_MAX = 16 };

/* How the option's help describes it. */
#define PEER_HELP                                                                                  \
    "run this program in turn with yoke, its whole process;\n"                                     \
    "in the command {lo} is the first number, {hi} the one\n"                                      \
    "behind the last, {last} the last, {threads} how many;\n"                                      \
    "as NAME[ISA] it says which instruction set it uses.\n"                                        \
    "May be given more than once"

struct peer {
    char name[32];       /* with the instruction set in brackets, where it was told               */
    char isa[32];        /* "": it was not                                                        */
    const char *command; /* with {lo}, {hi}, {last} and {threads} to fill in                      */
};

/* Reads NAME=COMMAND or NAME[ISA]=COMMAND, which must outlive the peer. Returns 0, or after a
 * report an exit status. */
int peer_read(struct peer *peer, const char *text);

/* Whether it is for a row: with {lo} it is for rows of sieves, without for those that start at 0,
 * and alone for those of sums below n. */
bool peer_takes_part(const struct peer *peer, struct interval interval, bool below);

/* For the contender whose choice is a peer. Its time is that of the whole process. Where it prints
 * numbers, the sum or the count of the primes must be among them. */
int peer_run(const struct contender *self, struct interval interval, double *seconds);

#endif
