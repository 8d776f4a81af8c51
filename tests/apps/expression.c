/* Integer expressions as the programs read them: values, errors and where these are, and random
 * ones against a slow twin. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/expression.h"
#include "yoke/integer.h"

__extension__ typedef unsigned __int128 natural;

/* ---- what it says ---------------------------------------------------------------------------- */

struct decimal {
    char text[YOKE_UINT128_TEXT_SIZE + 1];
};

static struct decimal decimal_of(expression_integer value)
{
    natural size = value < 0 ? -(natural)value : (natural)value;
    struct decimal decimal = {"-"};
    yoke_uint128_text((yoke_uint128){(uint64_t)size, (uint64_t)(size >> 64)},
                      decimal.text + (value < 0));
    return decimal;
}

/* The value in decimal, or "PROBLEM at POSITION". */
static const char *evaluated(const char *text, size_t length)
{
    static char answer[128];
    expression_integer value;
    struct expression_error error;
    if (expression_evaluate(text, length, &value, &error))
        snprintf(answer, sizeof answer, "%s", decimal_of(value).text);
    else
        snprintf(answer, sizeof answer, "%s at %zu", error.problem, error.position);
    return answer;
}

static void expect(const char *text, const char *answer)
{
    const char *found = evaluated(text, strlen(text));
    cr_expect(strcmp(found, answer) == 0, "\"%s\" is %s, expected %s", text, found, answer);
}

Test(expression, numbers, .timeout = 10)
{
    expect("0", "0");
    expect("18446744073709551615", "18446744073709551615");
    expect("170141183460469231731687303715884105727", "170141183460469231731687303715884105727");
    expect(" 7\t", "7");
    expect("0010", "10");
    expect("1_000_000", "1000000");
    expect("1'000'000", "1000000");
    expect("0xFf", "255");
    expect("0Xdead_beef", "3735928559");
    expect("0x1e3", "483");
    expect("1e10", "10000000000");
    expect("1E+3", "1000");
    expect("1.5e3", "1500");
    expect("1.50", "not a whole number at 0");
    expect("2.0", "2");
    expect("1200e-2", "12");
    expect("1.25e2", "125");
    expect("1_2.5_0e1_0", "125000000000");
    expect("0e99999999999999999999999", "0");
    expect("1000000000000000000000000000000000000000000000000000e-50", "10");
    expect("1.00000000000000000000000000000000000000000000000000e1", "10");
}

Test(expression, operators, .timeout = 10)
{
    expect("2+3*4", "14");
    expect("(2+3)*4", "20");
    expect("10-4-3", "3");
    expect("140/7/2", "10");
    expect("7*5%4", "3");
    expect("2^3^2", "512");
    expect("2**3**2", "512");
    expect("2*3^2", "18");
    expect("-2^2", "-4");
    expect("(-2)^2", "4");
    expect("(-2)^3", "-8");
    expect("2*-3", "-6");
    expect("2 - -3", "5");
    expect("--3", "3");
    expect("+-+3", "-3");
    expect("-2*3", "-6");
    expect("1<<20", "1048576");
    expect("1<<2+3", "32");
    expect("1 << 2 << 3", "32");
    expect("1024>>3", "128");
    expect("-8/2", "-4");
    expect("-7%2", "-1");
    expect("-7>>1", "-4");
    expect("7%-2", "1");
    expect("7/-1", "-7");
    expect("7%-1", "0");
    expect("10**9+7", "1000000007");
    expect("2^40 + 1e9 - 0x10", "1100511627760");
    expect("((((((1))))))", "1");
}

Test(expression, edges_of_powers_and_shifts, .timeout = 10)
{
    expect("0^0", "1");
    expect("0^5", "0");
    expect("5^0", "1");
    expect("1^(2^100)", "1");
    expect("(-1)^(2^100)", "1");
    expect("(-1)^(2^100+1)", "-1");
    expect("0^(2^100)", "0");
    expect("2^64", "18446744073709551616");
    expect("2^126", "85070591730234615865843651857942052864");
    expect("-2^126*2", "-170141183460469231731687303715884105728");
    expect("2^127", "exceeds 2^127 at 1");
    expect("2^(2^100)", "exceeds 2^127 at 1");
    expect("3^80", "147808829414345923316083210206383297601");
    expect("3^81", "exceeds 2^127 at 1");
    expect("2^-1", "negative exponent at 1");
    expect("1<<126", "85070591730234615865843651857942052864");
    expect("1<<127", "exceeds 2^127 at 1");
    expect("0<<1000", "0");
    expect("1<<-1", "negative shift at 1");
    expect("1>>-1", "negative shift at 1");
    expect("2^126>>126", "1");
    expect("2^126>>1000", "0");
    expect("-1>>1000", "-1");
}

Test(expression, overflow_is_found_in_every_operation, .timeout = 10)
{
    expect("(2^126-1)*2+1", "170141183460469231731687303715884105727");
    expect("(2^126-1)*2+2", "exceeds 2^127 at 11");
    expect("-(2^126)*2-1", "exceeds 2^127 at 10");
    expect("2^64*2^63", "exceeds 2^127 at 4");
    expect("(-2^126*2)/-1", "exceeds 2^127 at 10");
    expect("(-2^126*2)%-1", "0");
    expect("-(-2^126*2)", "exceeds 2^127 at 0");
    expect("170141183460469231731687303715884105728", "exceeds 2^127 at 0");
    expect("2*1e38", "exceeds 2^127 at 1");
    expect("1+2e38", "exceeds 2^127 at 2");
    expect("1e99999999999999999999999", "exceeds 2^127 at 0");
    expect("0x80000000000000000000000000000000", "exceeds 2^127 at 0");
    expect("2^200-2^200", "exceeds 2^127 at 1");
}

Test(expression, problems_and_where_they_are, .timeout = 10)
{
    expect("", "expected a number at 0");
    expect("  ", "expected a number at 2");
    expect("abc", "expected a number at 0");
    expect("12abc", "expected an operator at 2");
    expect("10K", "expected an operator at 2");
    expect("1 2", "expected an operator at 2");
    expect("10+*3", "expected a number at 3");
    expect("10+", "expected a number at 3");
    expect("*3", "expected a number at 0");
    expect("()", "expected a number at 1");
    expect("(1", "expected ) at 2");
    expect("(1 x)", "expected ) at 3");
    expect("1)", "expected an operator at 1");
    expect("1<2", "expected an operator at 1");
    expect("1e", "expected an operator at 1");
    expect("1e+", "expected an operator at 1");
    expect("1.", "expected an operator at 1");
    expect(".5", "expected a number at 0");
    expect("1.0.3", "expected an operator at 3");
    expect("1__0", "expected an operator at 1");
    expect("1_", "expected an operator at 1");
    expect("_1", "expected a number at 0");
    expect("0x", "expected a hexadecimal digit at 2");
    expect("0x_1", "expected a hexadecimal digit at 2");
    expect("1.5", "not a whole number at 0");
    expect("2*15e-1", "not a whole number at 2");
    expect("1e-99999999999999999999999", "not a whole number at 0");
    expect("7/0", "division by zero at 1");
    expect("3/2", "the division leaves a rest at 1");
    expect("-7/2", "the division leaves a rest at 2");
    expect("1/-2", "the division leaves a rest at 1");
    expect("100/7/2", "the division leaves a rest at 3");
    expect("1/3*3", "the division leaves a rest at 1");
    expect("0/7", "0");
    expect("7%(3-3)", "division by zero at 1");
    expect("7/0+abc", "division by zero at 1");
    expect("\xff", "expected a number at 0");
}

Test(expression, length_alone_ends_the_text, .timeout = 10)
{
    cr_expect_str_eq(evaluated("1234", 2), "12");
    cr_expect_str_eq(evaluated("1e5", 1), "1");
    cr_expect_str_eq(evaluated("0x10", 1), "0");
    cr_expect_str_eq(evaluated("2**3", 2), "expected a number at 2");
    cr_expect_str_eq(evaluated("1\0002", 3), "expected an operator at 1");
    cr_expect_str_eq(evaluated("1+\0", 3), "expected a number at 2");
}

Test(expression, depth_is_bounded_and_length_is_not, .timeout = 10)
{
    enum { LONG = 1000000 };
    char *text = malloc(LONG);
    const char *nests[] = {"(", "-", "2^", "1+(", "+"};
    for (size_t i = 0; i < sizeof nests / sizeof *nests; i++) {
        size_t width = strlen(nests[i]);
        for (size_t at = 0; at + width <= LONG; at += width)
            memcpy(text + at, nests[i], width);
        cr_expect(strncmp(evaluated(text, LONG), "too deeply nested at ", 21) == 0, "%s", nests[i]);
    }
    for (size_t at = 0; at < LONG; at++)
        text[at] = at % 2 ? '+' : '1';
    cr_expect_str_eq(evaluated(text, LONG - 1), "500000");
    memset(text, '0', LONG);
    text[LONG - 1] = '9';
    cr_expect_str_eq(evaluated(text, LONG), "9");
    free(text);
}

/* ---- against a slow twin --------------------------------------------------------------------- */

/* Random trees are evaluated with + and - alone, and written with few more parentheses than the
 * rules of precedence ask for. Values are kept small, so that nothing can overflow. */

enum { SIGN = 4, POWER = 5, ATOM = 6, SMALL = 1000000, NODES = 256 };

struct node {
    const char *symbol; /* NULL: a number */
    int binding;
    struct node *left, *right; /* a sign has only a right one */
    long long value;
};

struct twin {
    uint64_t state;
    struct node nodes[NODES];
    size_t count;
    char text[8192];
    size_t length;
};

static const struct {
    const char *symbol;
    int binding;
} twin_operators[] = {{"<<", 1}, {">>", 1}, {"+", 2},    {"-", 2},     {"*", 3},
                      {"/", 3},  {"%", 3},  {"-", SIGN}, {"^", POWER}, {"**", POWER}};

static unsigned choose(struct twin *twin, size_t below)
{
    twin->state = twin->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((twin->state >> 33) % below);
}

static long long twin_product(long long left, long long right)
{
    long long product = 0;
    for (long long i = llabs(right); i > 0 && llabs(product) <= SMALL; i--)
        product += right < 0 ? -left : left;
    return product;
}

static long long twin_divide(long long left, long long right, bool remainder)
{
    long long rest = llabs(left), quotient = 0;
    for (; rest >= llabs(right); rest -= llabs(right))
        quotient++;
    if (remainder)
        return left < 0 ? -rest : rest;
    return (left < 0) == (right < 0) ? quotient : -quotient;
}

/* Returns false where there is no value, or none that is small. */
static bool twin_value(struct node *node)
{
    long long left = node->left ? node->left->value : 0, right = node->right->value, value = 1;
    bool steps = strchr("<>^", node->symbol[0]) || strcmp(node->symbol, "**") == 0;
    if ((strchr("/%", node->symbol[0]) && right == 0) || (steps && (right < 0 || right > 40)))
        return false;
    if (node->symbol[0] == '/' && twin_divide(left, right, true) != 0)
        return false;
    if (steps && node->symbol[0] != '^' && node->symbol[0] != '*') {
        value = left;
        for (; right > 0 && llabs(value) <= SMALL; right--)
            value = node->symbol[0] == '<'
                        ? value + value
                        : twin_divide(value - (value < 0 && value % 2), 2, false);
    } else if (steps) {
        for (; right > 0 && llabs(value) <= SMALL; right--)
            value = twin_product(value, left);
    } else if (node->symbol[0] == '*') {
        value = twin_product(left, right);
    } else if (strchr("/%", node->symbol[0])) {
        value = twin_divide(left, right, node->symbol[0] == '%');
    } else {
        value = node->symbol[0] == '+' ? left + right : left - right;
    }
    node->value = value;
    return llabs(value) <= SMALL;
}

static struct node *grow(struct twin *twin, int depth)
{
    cr_assert_lt(twin->count, NODES);
    struct node *node = &twin->nodes[twin->count++];
    *node = (struct node){.binding = ATOM, .value = choose(twin, 20)};
    if (depth == 0 || choose(twin, 8) == 0)
        return node;
    size_t row = choose(twin, sizeof twin_operators / sizeof *twin_operators);
    struct node inner = {.symbol = twin_operators[row].symbol,
                         .binding = twin_operators[row].binding,
                         .right = grow(twin, depth - 1)};
    inner.left = inner.binding == SIGN ? NULL : grow(twin, depth - 1);
    if (twin_value(&inner))
        *node = inner;
    return node;
}

static void write_text(struct twin *twin, const char *text)
{
    int length = snprintf(twin->text + twin->length, sizeof twin->text - twin->length, "%s", text);
    twin->length += (size_t)length;
    cr_assert_lt(twin->length, sizeof twin->text);
}

static void write_node(struct twin *twin, const struct node *node, int binding)
{
    static const char *const formats[] = {"%lld",   "0x%llx",   "%lld.0",
                                          "%llde0", "%lld0e-1", " %lld "};
    bool parentheses = node->binding < binding || choose(twin, 16) == 0;
    write_text(twin, parentheses ? "(" : "");
    if (node->symbol) {
        bool from_right = node->binding == POWER;
        if (node->left)
            write_node(twin, node->left, from_right ? ATOM : node->binding);
        write_text(twin, node->symbol);
        write_node(twin, node->right, from_right || !node->left ? SIGN : node->binding + 1);
    } else {
        char text[32];
        snprintf(text, sizeof text, formats[choose(twin, sizeof formats / sizeof *formats)],
                 node->value);
        write_text(twin, text);
    }
    write_text(twin, parentheses ? ")" : "");
}

Test(expression, random_trees_agree_with_the_slow_twin, .timeout = 60)
{
    static struct twin twin;
    size_t operators = 0;
    for (uint64_t seed = 0; seed < 20000; seed++) {
        twin.state = seed;
        twin.count = twin.length = 0;
        const struct node *tree = grow(&twin, 1 + (int)(seed % 6));
        write_node(&twin, tree, 0);
        operators += tree->symbol != NULL;

        expression_integer value;
        struct expression_error error;
        cr_assert(expression_evaluate(twin.text, twin.length, &value, &error), "%s: %s at %zu",
                  twin.text, error.problem, error.position);
        cr_assert(value == tree->value, "%s is %s, expected %lld", twin.text,
                  decimal_of(value).text, tree->value);
    }
    cr_assert_gt(operators, 10000); /* the trees are not all bare numbers */
}

/* Any bytes at all: an answer or a problem inside the text, and nothing else happens. */
Test(expression, random_bytes_do_no_harm, .timeout = 60)
{
    static const char likely[] = "0123456789eExX.+-*/%^<>()_' 0aF\0z";
    static struct twin twin;
    for (uint64_t seed = 0; seed < 200000; seed++) {
        twin.state = seed;
        size_t length = choose(&twin, 24);
        /* Exactly as long as the text, so that AddressSanitizer sees a read beyond it. */
        char *text = malloc(length + !length);
        for (size_t i = 0; i < length; i++)
            text[i] = likely[choose(&twin, sizeof likely)];
        expression_integer value;
        struct expression_error error = {NULL, SIZE_MAX};
        if (!expression_evaluate(text, length, &value, &error))
            cr_assert(error.problem && error.position <= length);
        free(text);
    }
}
