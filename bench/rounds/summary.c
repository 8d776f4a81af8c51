/* Minimum, median and maximum of some values: see summary.h. */
#include "summary.h"

#include <stdlib.h>

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

struct summary summarise(double *values, unsigned count)
{
    qsort(values, count, sizeof *values, compare);
    double median = (values[(count - 1) / 2] + values[count / 2]) / 2;
    return (struct summary){values[0], median, values[count - 1]};
}
