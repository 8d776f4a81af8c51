/* The work that the loops share out: inner loops that all runtimes call, so that what is compared
 * is the sharing alone. */
#ifndef LOOPS_WORK_H
#define LOOPS_WORK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* out[i] for lo <= i < hi: next to nothing, but not nothing. */
void work_numbers(double *out, uint64_t lo, uint64_t hi);

/* A square of numbers whose rim stays; a sweep of Jacobi makes `to` of `from`, each inner number
 * the mean of its four neighbours. */
struct grid {
    const double *from;
    double *to;
    uint64_t width;
};

/* The rows lo <= row < hi; the inner ones are those from 1 to width - 2. */
void work_sweep(const struct grid *grid, uint64_t lo, uint64_t hi);

double work_sum(const double *x, uint64_t lo, uint64_t hi);
double work_dot(const double *x, const double *y, uint64_t lo, uint64_t hi);
int64_t work_sum_integers(const int64_t *x, uint64_t lo, uint64_t hi);

/* Writes the prefix sums, from what the numbers before lo amount to, and returns the last one. */
int64_t work_scan(const int64_t *x, int64_t *sums, uint64_t lo, uint64_t hi, int64_t before);
double work_scan_doubles(const double *x, double *sums, uint64_t lo, uint64_t hi, double before);

/* A picture of the Mandelbrot set, one byte a point. */
struct image {
    uint64_t width, height;
    uint8_t *points;
};

void work_rows(const struct image *image, uint64_t lo, uint64_t hi);

/* Bytes that are read block by block, hashed, and whose hashes are appended to a digest, in order.
 */
enum { BLOCK_SIZE = 65536 };

struct block {
    uint8_t bytes[BLOCK_SIZE];
};

struct stream {
    const uint8_t *bytes;
    uint64_t blocks, read; /* how many there are, and how many were read */
    uint64_t digest;
};

void work_read(struct stream *stream, struct block *block);
uint64_t work_hash(const void *bytes, size_t size);
void work_append(struct stream *stream, uint64_t hash);

#ifdef __cplusplus
}
#endif

#endif
