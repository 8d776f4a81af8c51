/* Finds the name that a user most likely meant, by the number of letters that differ: see
 * suggestion.h. */
#include "suggestion.h"

#include <string.h>

/* Longer than any name: what is longer resembles none. */
enum { LENGTH_MAX = 31 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Damerau's and Levenshtein's distance, of neighbours that are swapped at most once. */
static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned row[3][LENGTH_MAX + 1]; /* this row of the table, by i % 3, and the two before it */
    for (size_t j = 0; j <= b_length; j++)
        row[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        unsigned *here = row[i % 3], *above = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        here[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            here[j] = least(above[j], here[j - 1]) + 1;
            here[j] = least(here[j], above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                here[j] = least(here[j], before[j - 2] + 1);
        }
    }
    return row[a_length % 3][b_length];
}

void suggestion_consider(struct suggestion *suggestion, const char *name)
{
    size_t length = strlen(name);
    if (suggestion->length == 0 || suggestion->length > LENGTH_MAX || length > LENGTH_MAX)
        return;
    unsigned apart = distance(suggestion->word, suggestion->length, name, length);
    /* An abbreviation is as near as a slip. */
    if (suggestion->length >= 2 && strncmp(name, suggestion->word, suggestion->length) == 0)
        apart = 1;
    /* With more than a third of its letters wrong it is another word. */
    unsigned most = least(2, (unsigned)(suggestion->length + 2) / 3);
    if (apart <= most && (!suggestion->name || apart < suggestion->distance)) {
        suggestion->name = name;
        suggestion->distance = apart;
    }
}
