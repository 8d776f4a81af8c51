/* Cholesky's decomposition of a matrix by tiles: A = L L', where L is lower triangular. The jobs
 * are submitted in the order of the plain program, each with the tiles that it reads and writes,
 * and start as soon as these are ready: no handles, no waits but one at the end. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/report.h"
#include "example.h"

enum { TILES = 12, TILE = 64, SIZE = TILES * TILE };

typedef double tile[TILE][TILE];

/* ---- what is done to tiles: C = L(C), C = C L(A)'^-1, C -= A B' -------------------------------
 */

struct operation {
    tile *c, *a, *b;
};

static yoke_status factor(yoke_context *context, const void *argument, void *result)
{
    tile *c = ((const struct operation *)argument)->c;
    (void)result;
    for (int j = 0; j < TILE; j++)
        for (int i = j; i < TILE; i++) {
            double sum = (*c)[i][j];
            for (int k = 0; k < j; k++)
                sum -= (*c)[i][k] * (*c)[j][k];
            if (i == j && !(sum > 0))
                return yoke_context_fail(context, YOKE_INVALID, "the matrix has no such factor");
            (*c)[i][j] = i == j ? sqrt(sum) : sum / (*c)[j][j];
        }
    return YOKE_OK;
}

static yoke_status divide(yoke_context *context, const void *argument, void *result)
{
    const struct operation *of = argument;
    (void)context, (void)result;
    for (int i = 0; i < TILE; i++)
        for (int j = 0; j < TILE; j++) {
            double sum = (*of->c)[i][j];
            for (int k = 0; k < j; k++)
                sum -= (*of->c)[i][k] * (*of->a)[j][k];
            (*of->c)[i][j] = sum / (*of->a)[j][j];
        }
    return YOKE_OK;
}

static yoke_status update(yoke_context *context, const void *argument, void *result)
{
    const struct operation *of = argument;
    (void)context, (void)result;
    for (int i = 0; i < TILE; i++)
        for (int j = 0; j < TILE; j++) {
            double sum = 0;
            for (int k = 0; k < TILE; k++)
                sum += (*of->a)[i][k] * (*of->b)[j][k];
            (*of->c)[i][j] -= sum;
        }
    return YOKE_OK;
}

/* ---- in parallel ----------------------------------------------------------------------------- */

static void submit(yoke_server *server, yoke_kernel kernel, tile *c, tile *a, tile *b)
{
    struct operation operation = {c, a, b};
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = kernel;
    task.argument = &operation, task.argument_size = sizeof operation;
    task.reads = (const void *[]){a, b}, task.read_count = 2; /* NULL is none */
    task.writes = (const void *[]){c}, task.write_count = 1;
    must(yoke_submit(server, &task, NULL));
}

static void decompose(yoke_server *server, tile matrix[TILES][TILES])
{
    for (int k = 0; k < TILES; k++) {
        submit(server, factor, &matrix[k][k], NULL, NULL);
        for (int i = k + 1; i < TILES; i++)
            submit(server, divide, &matrix[i][k], &matrix[k][k], NULL);
        for (int i = k + 1; i < TILES; i++)
            for (int j = k + 1; j <= i; j++)
                submit(server, update, &matrix[i][j], &matrix[i][k], &matrix[j][k]);
    }
    must(yoke_server_wait(server, YOKE_FOREVER));
}

/* ---- the rest -------------------------------------------------------------------------------- */

/* The lower part of a symmetric matrix with a large diagonal. */
static double number(int i, int j)
{
    return i == j ? SIZE : 1.0 / (1 + abs(i - j));
}

/* The largest difference between A and L L'. */
static double difference(tile factor[TILES][TILES])
{
    double largest = 0;
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j <= i; j++) {
            double sum = 0;
            for (int k = 0; k <= j; k++)
                sum += factor[i / TILE][k / TILE][i % TILE][k % TILE] *
                       factor[j / TILE][k / TILE][j % TILE][k % TILE];
            largest = fmax(largest, fabs(sum - number(i, j)));
        }
    return largest;
}

static int run(yoke_server *server)
{
    static tile matrix[TILES][TILES];
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j <= i; j++)
            matrix[i / TILE][j / TILE][i % TILE][j % TILE] = number(i, j);
    decompose(server, matrix);
    double off = difference(matrix);
    if (!(off < 1e-9))
        return report_failure("the factor's product is off by %g", off);
    printf("a matrix of %d x %d numbers, in %d x %d tiles: its factor is right\n", SIZE, SIZE,
           TILES, TILES);
    return EXIT_SUCCESS;
}

int main(int count, char **words)
{
    static const struct example example = {
        "cholesky", "Decomposes a matrix by jobs that name the tiles which they read and write.",
        true, run};
    return example_main(&example, count, words);
}
