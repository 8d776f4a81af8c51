/* See work.h. */
#include "work.h"

#include <string.h>

void work_numbers(double *out, uint64_t lo, uint64_t hi)
{
    for (uint64_t i = lo; i < hi; i++)
        out[i] = 0.5 * (double)i;
}

void work_sweep(const struct grid *grid, uint64_t lo, uint64_t hi)
{
    uint64_t width = grid->width;
    for (uint64_t row = lo; row < hi; row++) {
        const double *restrict from = grid->from + row * width;
        double *restrict to = grid->to + row * width;
        for (uint64_t i = 1; i + 1 < width; i++)
            to[i] = 0.25 * (((from - width)[i] + from[i + width]) + (from[i - 1] + from[i + 1]));
    }
}

/* Eight sums at once, since each addition waits for the one before it: so memory limits these
 * loops, whatever the compiler makes of plain ones. */
typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));
enum { EIGHT = 8 };

static double sum_of_eight(pair a, pair b, pair c, pair d)
{
    pair sum = (a + b) + (c + d);
    return sum[0] + sum[1];
}

double work_sum(const double *x, uint64_t lo, uint64_t hi)
{
    pair a = {0}, b = a, c = a, d = a;
    for (; hi - lo >= EIGHT; lo += EIGHT) {
        const pair *at = (const pair *)(x + lo);
        a += at[0];
        b += at[1];
        c += at[2];
        d += at[3];
    }
    double sum = sum_of_eight(a, b, c, d);
    for (; lo < hi; lo++)
        sum += x[lo];
    return sum;
}

double work_dot(const double *x, const double *y, uint64_t lo, uint64_t hi)
{
    pair a = {0}, b = a, c = a, d = a;
    for (; hi - lo >= EIGHT; lo += EIGHT) {
        const pair *of_x = (const pair *)(x + lo), *of_y = (const pair *)(y + lo);
        a += of_x[0] * of_y[0];
        b += of_x[1] * of_y[1];
        c += of_x[2] * of_y[2];
        d += of_x[3] * of_y[3];
    }
    double sum = sum_of_eight(a, b, c, d);
    for (; lo < hi; lo++)
        sum += x[lo] * y[lo];
    return sum;
}

int64_t work_sum_integers(const int64_t *x, uint64_t lo, uint64_t hi)
{
    int64_t sum = 0;
    for (uint64_t i = lo; i < hi; i++)
        sum += x[i];
    return sum;
}

int64_t work_scan(const int64_t *x, int64_t *sums, uint64_t lo, uint64_t hi, int64_t before)
{
    for (uint64_t i = lo; i < hi; i++)
        sums[i] = before += x[i];
    return before;
}

double work_scan_doubles(const double *x, double *sums, uint64_t lo, uint64_t hi, double before)
{
    for (uint64_t i = lo; i < hi; i++)
        sums[i] = before += x[i];
    return before;
}

/* The points of a row are uneven, and so are the rows. */
static uint8_t iterations(double x, double y)
{
    double re = 0, im = 0;
    uint8_t count = 0;
    while (count < 255 && re * re + im * im < 4) {
        double next = re * re - im * im + x;
        im = 2 * re * im + y;
        re = next;
        count++;
    }
    return count;
}

void work_rows(const struct image *image, uint64_t lo, uint64_t hi)
{
    for (uint64_t row = lo; row < hi; row++)
        for (uint64_t i = 0; i < image->width; i++)
            image->points[row * image->width + i] =
                iterations(3.0 * (double)i / (double)image->width - 2,
                           2.4 * (double)row / (double)image->height - 1.2);
}

void work_read(struct stream *stream, struct block *block)
{
    memcpy(block->bytes, stream->bytes + stream->read++ * BLOCK_SIZE, BLOCK_SIZE);
}

/* FNV-1a by words of 8 bytes, a multiplication each. */
uint64_t work_hash(const void *bytes, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325, word;
    for (size_t i = 0; i + sizeof word <= size; i += sizeof word) {
        memcpy(&word, (const uint8_t *)bytes + i, sizeof word);
        hash = (hash ^ word) * 0x100000001b3;
    }
    return hash;
}

void work_append(struct stream *stream, uint64_t hash)
{
    stream->digest = (stream->digest ^ hash) * 0x100000001b3;
}
