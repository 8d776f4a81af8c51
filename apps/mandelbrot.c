/* The Mandelbrot set as a picture: a loop over tiles that differ in cost by far, so that workers
 * take as many at a time as it pays, and end together. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/computation.h"
#include "cli/output_file.h"
#include "cli/report.h"
#include "cli/values.h"

enum { OPTION_WIDTH, OPTION_ITERATIONS, OPTION_THREADS, OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_WIDTH] = {"width", 'w', "N", 1,
                      "make it N points wide, and two thirds of that high;\n"
                      "the default is 1200"},
    [OPTION_ITERATIONS] = {"iterations", 'i', "N", 1,
                           "take for a part of the set what stays for N steps;\n"
                           "the default is 1000"},
    [OPTION_THREADS] = COMPUTATION_THREADS,
    [OPTION_HELP] = COMPUTATION_HELP,
};

static const char usage[] = "Usage: mandelbrot FILE [OPTION]...\n"
                            "Draws the Mandelbrot set into FILE, which most viewers know as PPM.\n";

struct point {
    unsigned char red, green, blue;
};

struct image {
    uint64_t width, height, iterations;
    struct point *points;
};

/* How many steps of z -> z^2 + c it takes to leave the circle beyond which there is no return. */
static uint64_t steps_at(double re, double im, uint64_t most)
{
    double x = 0, y = 0;
    uint64_t steps = 0;
    for (; steps < most && x * x + y * y <= 4; steps++) {
        double next = x * x - y * y + re;
        y = 2 * x * y + im;
        x = next;
    }
    return steps;
}

/* Black is the set; what leaves it late is bright, from blue over white to brown and back again. */
static struct point colour(uint64_t steps, uint64_t most)
{
    if (steps == most)
        return (struct point){0, 0, 0};
    int phase = (int)(steps * 8 % 512);
    int up = phase < 256 ? phase : 511 - phase;
    return (struct point){(unsigned char)up, (unsigned char)(up * 3 / 4 + 32),
                          (unsigned char)(255 - up / 2)};
}

/* The body: draws a tile. */
static yoke_status draw_tile(const yoke_piece *piece, void *argument)
{
    const struct image *image = argument;
    double step = 3.0 / (double)image->width;
    for (uint64_t row = piece->lo; row < piece->hi; row++) {
        double im = step * ((double)(image->height - row) - 0.5) - 1;
        for (uint64_t i = piece->column_lo; i < piece->column_hi; i++) {
            double re = -2.25 + step * ((double)i + 0.5);
            image->points[row * image->width + i] =
                colour(steps_at(re, im, image->iterations), image->iterations);
        }
    }
    return YOKE_OK;
}

/* What a computation is given. */
struct choice {
    struct image image;
    const char *path;
};

static int write_image(const struct image *image, const char *path)
{
    struct output_file file;
    if (!output_file_open(&file, path))
        return report_failure("cannot write %.200s: %s", path, strerror(errno));
    fprintf(file.stream, "P6\n%llu %llu\n255\n", (unsigned long long)image->width,
            (unsigned long long)image->height);
    fwrite(image->points, sizeof *image->points, image->width * image->height, file.stream);
    if (!output_file_close(&file, true))
        return report_failure("cannot write %.200s: %s", path, strerror(errno));
    return EXIT_SUCCESS;
}

static int run(yoke_server *server, const void *argument)
{
    const struct choice *choice = argument;
    struct image image = choice->image;
    image.points = calloc(image.width * image.height, sizeof *image.points);
    if (!image.points)
        return report_failure("there is no memory for %llu x %llu points; ask for less by --width",
                              (unsigned long long)image.width, (unsigned long long)image.height);
    must(yoke_parallel_for(server,
                           &YOKE_LOOP_2D(0, image.height, 0, image.width, draw_tile, &image)));
    int status = write_image(&image, choice->path);
    if (status == EXIT_SUCCESS)
        printf("%s: %llu x %llu points\n", choice->path, (unsigned long long)image.width,
               (unsigned long long)image.height);
    free(image.points);
    return status;
}

static int read_choice(const struct arguments *arguments, void *argument)
{
    struct choice *choice = argument;
    struct image *image = &choice->image;
    if (arguments->operands != 1)
        return report_usage("one FILE is expected, as in: mandelbrot set.ppm");
    choice->path = arguments->operand[0];
    if (!value_whole("--width", arguments->value[OPTION_WIDTH], 3, 100000, &image->width) ||
        !value_whole("--iterations", arguments->value[OPTION_ITERATIONS], 1, 1000000000,
                     &image->iterations))
        return EXIT_USAGE;
    image->height = image->width * 2 / 3;
    return 0;
}

int main(int count, char **words)
{
    struct choice choice = {{1200, 0, 1000, NULL}, NULL};
    const struct computation computation = {"mandelbrot", usage, {options, OPTION_COUNT},
                                            read_choice,  run,   &choice};
    return computation_main(&computation, count, words);
}
