/* The same bits with every instruction set: children whom YOKE_ISA forces to one call everything,
 * on random arrays, by a server that is resized now and then, and tell what came out. */
#include <sys/wait.h>

#include "base/instruction_set.h"
#include "with_numbers.h"
#include "with_server.h"

enum { CASES = 10000, MOST = 200000 };

/* Bits of results into one number (splitmix64; Steele, Lea and Flood 2014). */
static void stir(uint64_t *bits, uint64_t more)
{
    *bits = (*bits ^ more) * UINT64_C(0xbf58476d1ce4e5b9);
    *bits ^= *bits >> 29;
}

static double x[MOST], y[MOST], out[MOST];

static size_t draw_case_size(uint64_t *random, unsigned number)
{
    return random_below(random, number % 100 == 0 ? MOST : number % 10 == 0 ? 20000 : 700);
}

static void add_to_case(uint64_t *bits, yoke_status status, yoke_number number)
{
    stir(bits, (uint64_t)status);
    stir(bits, status == YOKE_OK ? bits_in(number.f64) : 0);
}

static void call_all(yoke_server *server, yoke_array a, yoke_array b, uint64_t *bits)
{
    yoke_number number = {.i64 = 0};
    size_t index = 0;
    for (int mode = YOKE_SUM_TREE; mode <= YOKE_SUM_EXACT; mode++) {
        yoke_sum_mode which = (yoke_sum_mode)mode;
        yoke_status status = yoke_sum(server, a, which, &number);
        add_to_case(bits, status, number);
        status = yoke_dot(server, a, b, which, &number);
        add_to_case(bits, status, number);
        status = yoke_norm2(server, a, which, &number);
        add_to_case(bits, status, number);
    }
    yoke_status status = yoke_min(server, a, &number, &index);
    add_to_case(bits, status, number);
    status = yoke_max(server, a, &number, &index);
    add_to_case(bits, status, number);
    stir(bits, index);
    stir(bits, (uint64_t)yoke_scan(server, a, YOKE_SUM_TREE, YOKE_SCAN_INCLUSIVE, out));
    for (size_t i = 0; i < a.count && a.type != YOKE_F32; i++)
        stir(bits, bits_in(out[i]));
}

static uint64_t do_case(yoke_server *server, unsigned number)
{
    uint64_t random = number + 1, bits = 0;
    size_t count = draw_case_size(&random, number), stride = 1 + random_below(&random, 3);
    draw_all(x, count, (enum numbers)(number % KINDS), random_next(&random));
    draw_all(y, count, (enum numbers)(number / KINDS % KINDS), random_next(&random));
    yoke_array a = YOKE_ARRAY_STRIDED(x, count / stride, (ptrdiff_t)stride);
    yoke_array b = YOKE_ARRAY(y, count / stride);
    if (number % 8 == 7)
        a.type = b.type = YOKE_I64;
    if (number % 100 == 50)
        cr_assert_eq(yoke_server_resize(server, 1 + number / 100 % 5), YOKE_OK);
    call_all(number % 3 ? server : NULL, a, b, &bits);
    return bits;
}

static void run_child(const char *isa, int to)
{
    static uint64_t answers[CASES];
    setenv("YOKE_ISA", isa, 1);
    yoke_server *server = open_server(2);
    for (unsigned number = 0; number < CASES; number++)
        answers[number] = do_case(server, number);
    yoke_server_release(server);
    const char *bytes = (const char *)answers;
    for (size_t left = sizeof answers; left;) {
        ssize_t written = write(to, bytes, left);
        if (written <= 0)
            _exit(1);
        bytes += written;
        left -= (size_t)written;
    }
    _exit(0);
}

static void ask_child(const char *isa, uint64_t answers[CASES])
{
    int ends[2], status;
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        run_child(isa, ends[1]);
    close(ends[1]);
    char *bytes = (char *)answers;
    size_t have = 0;
    for (ssize_t got; (got = read(ends[0], bytes + have, CASES * sizeof *answers - have)) > 0;)
        have += (size_t)got;
    close(ends[0]);
    cr_assert(waitpid(child, &status, 0) == child && status == 0 && have == CASES * sizeof *answers,
              "%s ends with %d", isa, status);
}

Test(same_bits, every_instruction_set_answers_alike, .timeout = 300)
{
    static uint64_t first[CASES], other[CASES];
    char list[INSTRUCTION_SET_LIST_SIZE], *rest = list;
    instruction_set_list(list);
    ask_child(strtok_r(rest, " ", &rest), first);
    for (const char *isa; (isa = strtok_r(rest, " ", &rest));) {
        ask_child(isa, other);
        for (unsigned i = 0; i < CASES; i++)
            cr_assert_eq(other[i], first[i], "%s: case %u", isa, i);
    }
}
