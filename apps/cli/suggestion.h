/* What somebody may have meant who typed a name that is not there. */
#ifndef CLI_SUGGESTION_H
#define CLI_SUGGESTION_H

#include <stddef.h>

/* A search for the name nearest to `word`; start from {word, length}. */
struct suggestion {
    const char *word;
    size_t length;
    const char *name; /* the nearest so far, NULL while none is near: then it is no slip          */
    unsigned distance; /* in letters to insert, delete, replace or swap */
};

/* Looks at one more name; the first of equally near ones stays. */
void suggestion_consider(struct suggestion *suggestion, const char *name);

#endif
