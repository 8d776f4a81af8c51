/* What `yoke sum` and `yoke count` are asked, and what they answer. */
#ifndef COMMANDS_QUESTION_H
#define COMMANDS_QUESTION_H

#include <stdbool.h>
#include <yoke/primes.h>

#include "cli/arguments.h"
#include "cli/expression.h"
#include "cli/trace.h"

struct question {
    bool count;                     /* count primes rather than add them                          */
    expression_integer start, stop; /* [start, stop), 0 to 10^26                                  */
    bool first;                     /* or the first primes, so many                               */
    uint64_t primes;
    unsigned threads; /* 0: as the topology decides                                 */
    const char *bind; /* what workers are bound to; NULL: as the topology decides        */
    yoke_primes_options options;
    struct trace_file trace;
};

struct answer {
    yoke_uint256 value;
    unsigned workers;
    char reason[256]; /* why that many, after "because"                                           */
    double seconds;
    int trace_status; /* the exit status if the trace could not be written                        */
    int signal;       /* that ended the work; 0: none                                             */
};

/* Reads the command line, but for the trace. False after a report. */
bool question_read(struct question *question, const struct arguments *arguments);

yoke_uint128 question_bound(expression_integer number);

/* How so many workers would go about it. */
yoke_status question_plan(const struct question *question, unsigned workers,
                          yoke_primes_plan *plan);

/* Print the answer on stdout. */
void question_print_json(const struct question *question, const struct answer *answer);
void question_print_plain(const struct answer *answer);

/* Prints what would be done, and by how many workers. */
void question_print_plan(const struct question *question, const struct answer *answer,
                         const yoke_primes_plan *plan, bool as_json);

#endif
