/* Instruction sets that the user names. */
#ifndef ROUNDS_ISAS_H
#define ROUNDS_ISAS_H

enum { ISAS_MAX = 8 };

struct isas {
    unsigned count;
    char name[ISAS_MAX][16];
};

/* Reads names with commas between, or "all" that this processor can run. Returns 0, or after a
 * report an exit status. */
int isas_read(struct isas *isas, const char *text);

#endif
