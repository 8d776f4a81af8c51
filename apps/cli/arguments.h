/* Splits a command line into options and operands, by a table that also writes the help. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include <stddef.h>
#include <stdio.h>

/* A row of the table. The words of the user: --name, --name=VALUE, --name VALUE, -n, -nVALUE. A
 * value that may be left out stands in the word of its option: --name or --name=VALUE. */
struct option {
    const char *name;  /* the long name, without the dashes                                       */
    char letter;       /* the short name; 0: none                                                 */
    const char *value; /* what the help calls its value; NULL: it takes none; "[VALUE]": it may   */
                       /* be left out                                                             */
    unsigned commands; /* the commands it belongs to, a bit for each                              */
    const char *help;  /* what it does; lines after the first are set below it                    */
};

struct option_table {
    const struct option *options;
    size_t count; /* at most OPTIONS_MAX                                                          */
};

#define OPTIONS_MAX  32
#define OPERANDS_MAX 2
#define GIVEN_MAX    64

struct arguments {
    const char *value[OPTIONS_MAX];    /* by row of the table: NULL where the option is not      */
                                       /* given, "" where it has no value; the last one counts   */
    const char *operand[OPERANDS_MAX]; /* the words that are no options                          */
    size_t operands;                   /* how many there were: may exceed OPERANDS_MAX           */
    struct given {
        size_t option; /* row of the table */
        const char *value;
    } given[GIVEN_MAX]; /* every option in turn, for those that may be given more than once       */
    size_t givens;
};

/* Reads `words`, which end with NULL, into `arguments`, with the options of `command`, one of the
 * bits of `commands` above. Operands and options may come in any order; after "--" all are
 * operands, and so is a word such as -5 or -(3), since numbers may be negative. Returns 0, or
 * after a report EXIT_USAGE. `arguments` points into `words`. */
int arguments_read(struct arguments *arguments, const struct option_table *table, unsigned command,
                   char **words);

/* Writes the part of the help that describes the options of `command`. */
void arguments_print_help(const struct option_table *table, unsigned command, FILE *stream);

#endif
