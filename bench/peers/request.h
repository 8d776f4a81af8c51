/* What the user asked the benchmark for. */
#ifndef PEERS_REQUEST_H
#define PEERS_REQUEST_H

#include <stdbool.h>

#include "peer.h"
#include "rounds/isas.h"
#include "rounds/rows.h"

struct request {
    uint64_t limit;                  /* sum below that by sieves; 0: none                         */
    unsigned rows;                   /* these rows of sieves; 0: none                             */
    struct interval row[ROWS_MAX];   /*                                                           */
    unsigned belows;                 /* these rows of sums below n, by no sieve; 0: none          */
    struct interval below[ROWS_MAX]; /* without any of these: what fits into a minute             */
    struct isas isas;                /* none: what yoke takes by itself                           */
    unsigned peers;                  /* the user's programs                                       */
    struct peer peer[PEERS_MAX];     /*                                                           */
    unsigned rounds;                 /*                                                           */
    const char *json;                /* the file for the results, or NULL                         */
    const char *plot;                /* the folder for the pictures, or NULL                      */
    bool help;
};

/* Reads the command line, which the request points into. Returns 0, or after a report an exit
 * status. */
int request_read(struct request *request, char **words);

void request_print_help(void);

#endif
