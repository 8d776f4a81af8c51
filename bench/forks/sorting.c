/* Quicksort by Hoare's partition: see sorting.h. */
#include "sorting.h"

/* Below that, to insert each takes less time than to divide. */
enum { INSERTED = 16 };

static double median(double a, double b, double c)
{
    if (a < b)
        return b < c ? b : a < c ? c : a;
    return a < c ? a : b < c ? c : b;
}

uint64_t sorting_divide(double *x, uint64_t count)
{
    double pivot = median(x[0], x[count / 2], x[count - 1]);
    for (double *low = x, *high = x + count - 1;; low++, high--) {
        while (*low < pivot)
            low++;
        while (*high > pivot)
            high--;
        if (low >= high)
            return (uint64_t)(high - x) + 1;
        double kept = *low;
        *low = *high;
        *high = kept;
    }
}

static void insert_each(double *x, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++) {
        double number = x[i];
        uint64_t place = i;
        for (; place && x[place - 1] > number; place--)
            x[place] = x[place - 1];
        x[place] = number;
    }
}

void sorting_alone(double *x, uint64_t count)
{
    while (count > INSERTED) {
        uint64_t lesser = sorting_divide(x, count);
        sorting_alone(x, lesser);
        x += lesser;
        count -= lesser;
    }
    insert_each(x, count);
}
