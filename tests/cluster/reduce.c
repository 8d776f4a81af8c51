/* Reductions over three nodes, one of which is killed half way: the bits are those of the same
 * calls on one machine, with 1 worker and with 3. A node's kernel draws the numbers of its part. */
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <yoke/map.h>
#include <yoke/numeric.h>

#include "random.h"
#include "with_cluster.h"

enum { ARRAYS = 3, LEAF = 65536, LEAVES_LEAST = 30, LEAVES_MOST = 40 };

/* ---- the kernels of the nodes ---------------------------------------------------------------- */

/* Number i of an array: of widely different sizes and either sign. */
static double number_of(uint64_t seed, uint64_t i)
{
    uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15) + i + 1;
    random_next(&random);
    double digits = (double)(random_next(&random) >> 11) * 0x1p-53 - 0.5;
    return ldexp(digits, (int)random_below(&random, 60) - 30);
}

/* The numbers lo <= i < hi, as if they lay there. */
static double *draw(uint64_t seed, uint64_t lo, uint64_t hi)
{
    double *numbers = malloc((hi - lo) * sizeof *numbers);
    for (uint64_t i = lo; numbers && i < hi; i++)
        numbers[i - lo] = number_of(seed, i);
    return numbers;
}

/* What a part has of two arrays. */
struct arrays {
    yoke_part part;
    double *numbers[2];
    yoke_array x, y;
};

static void close_arrays(const struct arrays *arrays)
{
    free(arrays->numbers[0]);
    free(arrays->numbers[1]);
}

/* The argument is a part, then a seed. It takes its time, so that all nodes have something to do,
 * and one that is killed then has done half of it. */
static yoke_status open_arrays(yoke_context *context, const void *argument, struct arrays *arrays)
{
    if (yoke_context_argument_size(context) != YOKE_PART_BYTES + 8)
        return YOKE_INVALID;
    uint64_t seed;
    yoke_unpack_u64(yoke_part_read(argument, &arrays->part), &seed);
    const yoke_part *part = &arrays->part;
    for (unsigned i = 0; i < 2; i++)
        arrays->numbers[i] = draw(seed + i, part->lo, part->hi);
    if (!arrays->numbers[0] || !arrays->numbers[1]) {
        close_arrays(arrays);
        return YOKE_NO_MEMORY;
    }
    arrays->x = YOKE_ARRAY(arrays->numbers[0], part->hi - part->lo);
    arrays->y = YOKE_ARRAY(arrays->numbers[1], part->hi - part->lo);
    nanosleep(&(struct timespec){0, 10000000}, NULL);
    come_to_grief();
    return YOKE_OK;
}

static yoke_status sum_part(yoke_context *context, const void *argument, void *result)
{
    struct arrays arrays;
    yoke_number sum;
    yoke_status status = open_arrays(context, argument, &arrays);
    if (status != YOKE_OK)
        return status;
    status = yoke_sum(yoke_context_server(context), arrays.x, YOKE_SUM_TREE, &sum);
    memcpy(result, &sum.f64, sizeof sum.f64);
    close_arrays(&arrays);
    return status;
}

static yoke_status dot_part(yoke_context *context, const void *argument, void *result)
{
    struct arrays arrays;
    yoke_number dot;
    yoke_status status = open_arrays(context, argument, &arrays);
    if (status != YOKE_OK)
        return status;
    status = yoke_dot(yoke_context_server(context), arrays.x, arrays.y, YOKE_SUM_TREE, &dot);
    memcpy(result, &dot.f64, sizeof dot.f64);
    close_arrays(&arrays);
    return status;
}

static yoke_status sum_part_exactly(yoke_context *context, const void *argument, void *result)
{
    struct arrays arrays;
    yoke_exact sum = YOKE_EXACT_INIT;
    yoke_status status = open_arrays(context, argument, &arrays);
    if (status != YOKE_OK)
        return status;
    status = yoke_exact_add_products(&sum, arrays.x, arrays.y);
    yoke_exact_write(&sum, result);
    close_arrays(&arrays);
    return status;
}

/* The lengths of a walk and of its longest excursion: a reduction of the program's own, along
 * leaves whose size the library has chosen. */
struct walk {
    double end, highest;
};

static yoke_status walk_on(const yoke_piece *piece, void *argument)
{
    const double *x = argument; /* the first number of the range */
    struct walk *walk = piece->accumulator;
    for (uint64_t i = piece->lo; i < piece->hi; i++) {
        walk->end += x[i];
        walk->highest = fmax(walk->highest, walk->end);
    }
    return YOKE_OK;
}

static void join_walks(void *into, const void *from, void *argument)
{
    struct walk *walk = into;
    const struct walk *next = from;
    (void)argument;
    walk->highest = fmax(walk->highest, walk->end + next->highest);
    walk->end += next->end;
}

static const yoke_reduction walks = {
    .size = sizeof(yoke_reduction), .accumulator_size = sizeof(struct walk), .combine = join_walks};

static yoke_status walk_part(yoke_context *context, const void *argument, void *result)
{
    struct arrays arrays;
    yoke_status status = open_arrays(context, argument, &arrays);
    if (status != YOKE_OK)
        return status;
    yoke_loop loop = YOKE_LOOP(0, arrays.x.count, walk_on, arrays.numbers[0]);
    loop.grain = arrays.part.grain;
    status = yoke_parallel_reduce(yoke_context_server(context), &loop, &walks, result);
    close_arrays(&arrays);
    return status;
}

static void register_kernels(void)
{
    yoke_kernel_register("sum_part", 1, sum_part);
    yoke_kernel_register("dot_part", 1, dot_part);
    yoke_kernel_register("sum_part_exactly", 1, sum_part_exactly);
    yoke_kernel_register("walk_part", 1, walk_part);
}

/* ---- three nodes ----------------------------------------------------------------------------- */

struct trial {
    pid_t doomed[ARRAYS];   /* one for each array, the third node for its time */
    yoke_server *here[2];   /* of 1 and of 3 workers, without a cluster */
    yoke_server *elsewhere; /* of none, with one */
    double *numbers[2];
    size_t count;
    unsigned char seed[8];   /* as nodes are given it */
    uint64_t covered, parts; /* of the numbers, by parts that have been shown */
};

static void open_trial(struct trial *trial)
{
    static const char *const names[ARRAYS] = {"doomed-0", "doomed-1", "doomed-2"};
    register_further_kernels = register_kernels;
    start_node("steady-0", (struct grief){0, 0});
    start_node("steady-1", (struct grief){0, 0});
    for (int i = 0; i < ARRAYS; i++)
        trial->doomed[i] = prepare_doomed_node(names[i], (struct grief){.dies_in = 4});
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    for (int i = 0; i < 2; i++) {
        options.workers = i ? 3 : 1;
        cr_assert_eq(yoke_server_open(&options, &trial->here[i]), YOKE_OK);
    }
    trial->elsewhere = join("program");
    trial->numbers[0] = trial->numbers[1] = NULL;
}

static void close_trial(struct trial *trial)
{
    /* One for each that died in the middle of it, and what it had for afterwards. */
    cr_expect_geq(traffic_of(trial->elsewhere).retried, ARRAYS);
    for (int i = 0; i < 2; i++) {
        yoke_server_release(trial->here[i]);
        free(trial->numbers[i]);
    }
    leave(trial->elsewhere);
}

static void count_node(const yoke_node_info *node, void *nodes)
{
    (void)node;
    ++*(int *)nodes;
}

/* New arrays, and three nodes, the third of which will die in its fourth part. */
static void begin(struct trial *trial, int array, uint64_t seed)
{
    uint64_t random = seed;
    trial->count =
        LEAVES_LEAST * LEAF + (size_t)random_below(&random, (LEAVES_MOST - LEAVES_LEAST) * LEAF);
    yoke_pack_u64(trial->seed, seed);
    for (unsigned i = 0; i < 2; i++) {
        free(trial->numbers[i]);
        trial->numbers[i] = draw(seed + i, 0, trial->count);
    }
    join_node(trial->doomed[array]);
    for (int nodes = 0; nodes != 3;) {
        nodes = 0;
        cr_assert_eq(yoke_cluster_nodes(cluster_of(trial->elsewhere), YOKE_MILLISECONDS(200),
                                        count_node, &nodes),
                     YOKE_OK);
    }
    trial->covered = trial->parts = 0;
}

static bool see_part(const yoke_item *item, void *context)
{
    struct trial *trial = context;
    yoke_part part;
    yoke_part_read(item->input, &part);
    trial->covered += part.hi - part.lo;
    cr_expect_eq(item->ended, ++trial->parts);
    cr_expect_eq(item->status, YOKE_OK, "%s", item->message);
    return true;
}

static yoke_map_options options_of(struct trial *trial, const char *kernel)
{
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.kernel_name = kernel;
    options.kernel_version = 1;
    options.visit = see_part;
    options.visit_context = trial;
    return options;
}

/* Each number counts once, and the third node has died by now. */
static void end(const struct trial *trial, int array)
{
    int status;
    cr_assert_eq(trial->covered, trial->count);
    cr_assert_eq(waitpid(trial->doomed[array], &status, WNOHANG), trial->doomed[array]);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void reduce_on_nodes(struct trial *trial, const char *kernel, uint64_t grain,
                            const yoke_reduction *reduction, void *result)
{
    const yoke_map_options options = options_of(trial, kernel);
    const yoke_part range = {0, trial->count, grain};
    cr_assert_eq(yoke_map_reduce(trial->elsewhere, NULL, range, trial->seed, sizeof trial->seed,
                                 reduction, &options, result),
                 YOKE_OK, "%s", yoke_last_error());
}

static void assert_same(const void *bytes, const void *expected, size_t size)
{
    cr_assert(memcmp(bytes, expected, size) == 0, "bits differ");
}

/* ---- the tests ------------------------------------------------------------------------------- */

TestSuite(cluster_reduce, .init = start_cluster, .fini = end_cluster, .timeout = 150);

static void add_double(void *into, const void *from, void *argument)
{
    (void)argument;
    *(double *)into += *(const double *)from;
}

static const yoke_reduction doubles = {
    .size = sizeof(yoke_reduction), .accumulator_size = sizeof(double), .combine = add_double};

typedef yoke_status local_call(const struct trial *trial, yoke_server *server, yoke_sum_mode mode,
                               yoke_number *answer);

static yoke_status sum_locally(const struct trial *trial, yoke_server *server, yoke_sum_mode mode,
                               yoke_number *answer)
{
    return yoke_sum(server, YOKE_ARRAY(trial->numbers[0], trial->count), mode, answer);
}

static yoke_status dot_locally(const struct trial *trial, yoke_server *server, yoke_sum_mode mode,
                               yoke_number *answer)
{
    return yoke_dot(server, YOKE_ARRAY(trial->numbers[0], trial->count),
                    YOKE_ARRAY(trial->numbers[1], trial->count), mode, answer);
}

/* With one worker here, and with three. */
static void assert_local(const struct trial *trial, local_call *call, yoke_sum_mode mode,
                         double expected)
{
    for (int i = 0; i < 2; i++) {
        yoke_number local;
        cr_assert_eq(call(trial, trial->here[i], mode, &local), YOKE_OK);
        assert_same(&expected, &local.f64, sizeof expected);
    }
}

static void assert_tree(const char *kernel, local_call *call, uint64_t seed)
{
    struct trial trial;
    open_trial(&trial);
    for (int array = 0; array < ARRAYS; array++) {
        double answer;
        begin(&trial, array, seed + (uint64_t)array);
        reduce_on_nodes(&trial, kernel, LEAF, &doubles, &answer);
        end(&trial, array);
        assert_local(&trial, call, YOKE_SUM_TREE, answer);
    }
    close_trial(&trial);
}

Test(cluster_reduce, a_sum_along_the_tree_has_the_same_bits)
{
    assert_tree("sum_part", sum_locally, 100);
}

Test(cluster_reduce, a_dot_product_along_the_tree_has_the_same_bits)
{
    assert_tree("dot_part", dot_locally, 200);
}

Test(cluster_reduce, a_reduction_of_ones_own_has_the_same_bits)
{
    struct trial trial;
    open_trial(&trial);
    for (int array = 0; array < ARRAYS; array++) {
        begin(&trial, array, 300 + (uint64_t)array);
        struct walk walk;
        reduce_on_nodes(&trial, "walk_part", LEAF / 2, &walks, &walk);
        end(&trial, array);
        for (int i = 0; i < 2; i++) {
            struct walk local;
            yoke_loop loop = YOKE_LOOP(0, trial.count, walk_on, trial.numbers[0]);
            loop.grain = LEAF / 2;
            cr_assert_eq(yoke_parallel_reduce(trial.here[i], &loop, &walks, &local), YOKE_OK);
            assert_same(&walk, &local, sizeof walk);
        }
    }
    close_trial(&trial);
}

/* Exact sums need no tree: parts of any lengths, merged in the order in which they end. */
enum { PARTS = 40 };

struct part_input {
    unsigned char part[YOKE_PART_BYTES];
    unsigned char seed[8];
};

static void cut_anywhere(const struct trial *trial, struct part_input inputs[PARTS],
                         uint64_t random)
{
    uint64_t lo = 0;
    for (uint64_t i = 0; i < PARTS; i++) {
        uint64_t most = trial->count - lo - (PARTS - 1 - i);
        uint64_t length = 1 + random_below(&random, most < 100000 ? most : 100000);
        uint64_t hi = i == PARTS - 1 ? trial->count : lo + length;
        yoke_pack_u64(yoke_pack_u64(yoke_pack_u64(inputs[i].part, lo), hi), 0);
        memcpy(inputs[i].seed, trial->seed, sizeof trial->seed);
        lo = hi;
    }
}

struct merging {
    struct trial *trial;
    yoke_exact sum;
};

static bool merge_part(const yoke_item *item, void *context)
{
    struct merging *merging = context;
    yoke_exact part = YOKE_EXACT_INIT;
    cr_assert_eq(yoke_exact_read(&part, item->output), YOKE_OK);
    yoke_exact_merge(&merging->sum, &part);
    return see_part(item, merging->trial);
}

Test(cluster_reduce, an_exact_dot_product_has_the_same_bits)
{
    static unsigned char sums[PARTS][YOKE_EXACT_BYTES];
    static struct part_input inputs[PARTS];
    struct trial trial;
    open_trial(&trial);
    for (int array = 0; array < ARRAYS; array++) {
        begin(&trial, array, 400 + (uint64_t)array);
        cut_anywhere(&trial, inputs, 500 + (uint64_t)array);
        struct merging merging = {.trial = &trial, .sum = YOKE_EXACT_INIT};
        yoke_map_options options = options_of(&trial, "sum_part_exactly");
        options.visit = merge_part, options.visit_context = &merging;
        cr_assert_eq(yoke_map(trial.elsewhere, NULL, inputs, sizeof *inputs, sums, sizeof *sums,
                              PARTS, &options),
                     YOKE_OK, "%s", yoke_last_error());
        end(&trial, array);
        assert_local(&trial, dot_locally, YOKE_SUM_EXACT, yoke_exact_round(&merging.sum));
    }
    close_trial(&trial);
}
