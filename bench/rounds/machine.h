/* What a time depends on besides the program: the machine, its settings, compiler and versions. */
#ifndef ROUNDS_MACHINE_H
#define ROUNDS_MACHINE_H

#include <stdio.h>
#include <yoke/topology.h>

enum { FACTS_MAX = 32 };

struct machine {
    char busy[128]; /* what to say loudly when others are at work; "" when they are not           */
    unsigned facts;
    struct fact {
        const char *name;
        char text[300];
    } fact[FACTS_MAX];
};

/* Collects the facts; what the system does not tell is left out, or said to be unknown. */
void machine_describe(struct machine *machine, const yoke_topology *topology);

/* Adds a fact that only one benchmark has, as printf would write it. */
void machine_add(struct machine *machine, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds the day and the hour, and how the benchmark was called. */
void machine_add_run(struct machine *machine, char **words);

/* Writes the facts, one to a line, or as a JSON object. */
void machine_print(const struct machine *machine, FILE *stream);
void machine_print_json(const struct machine *machine, FILE *stream);

/* Writes the text in quotes, as JSON wants it. */
void machine_print_json_string(const char *text, FILE *stream);

#endif
