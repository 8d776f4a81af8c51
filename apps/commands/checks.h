/* What of a machine and its settings commonly costs users speed, looked at one by one. */
#ifndef COMMANDS_CHECKS_H
#define COMMANDS_CHECKS_H

#include <stdbool.h>
#include <yoke/topology.h>

/* What the checks look at besides the environment. */
struct machine {
    const char *root; /* below it lie /proc and /sys: "" for those of this machine                */
    bool described;   /* it is not this one, and only what is described of it and below the root  */
                      /* is known                                                                 */
    yoke_topology_counts counts;
    unsigned workers, limit; /* as the environment has it, and what the machine alone gives */
    char reason[256], limit_reason[256]; /* why so many, after "because"                          */
    char binding[256];    /* what workers are bound to, and why                                */
    char isa[64];         /* the sieve's that YOKE_ISA asks for, "" for none                */
    const char *best_isa; /* and the best for this processor                                   */
};

enum verdict { VERDICT_OK, VERDICT_NOTE, VERDICT_WARNING, VERDICT_UNKNOWN };

struct finding {
    const char *check;
    enum verdict verdict;
    char found[256];
    char remedy[256]; /* what to do; "" for nothing                                               */
};

enum { CHECKS = 13 };

/* Fills in all findings. Reads files below the root and the environment; prints nothing. */
void checks_run(const struct machine *machine, struct finding findings[CHECKS]);

#endif
