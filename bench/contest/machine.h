/* What a time depends on besides the program: the machine, its settings, compiler and versions. */
#ifndef CONTEST_MACHINE_H
#define CONTEST_MACHINE_H

#include <yoke/topology.h>

enum { FACTS_MAX = 12 };

struct machine {
    unsigned facts;
    struct fact {
        const char *name;
        char text[200];
    } fact[FACTS_MAX];
};

/* Collects the facts; what the system does not tell is left out, or said to be unknown. */
void machine_describe(struct machine *machine, const yoke_topology *topology);

#endif
