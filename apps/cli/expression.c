/* Reads number expressions by precedence climbing and stops at the first mistake or overflow: see
 * expression.h. */
#include "expression.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

typedef expression_integer integer;

/* Far more than anybody types, and far less than a stack of 64 KiB holds. */
#define DEPTH_MAX 100

#define TOO_LARGE "exceeds 2^127"

struct parser {
    const char *at, *end;
    const char *problem, *where; /* the first thing wrong; NULL so far                            */
    int depth;
};

struct operation {
    const char *symbol; /* a symbol stands before its own beginnings */
    char action;
    int binding; /* the higher, the tighter */
};

enum { BINDING_LOOSEST = 1, BINDING_SIGN = 4, BINDING_POWER = 5 };

static const struct operation operations[] = {
    {"**", '^', BINDING_POWER},
    {"^", '^', BINDING_POWER},
    {"*", '*', 3},
    {"/", '/', 3},
    {"%", '%', 3},
    {"+", '+', 2},
    {"-", '-', 2},
    {"<<", '<', 1},
    {">>", '>', 1},
};

static integer parse(struct parser *parser, int binding);

/* Only the first problem counts. Jumping to the end stops every loop, so nobody has to ask. */
static integer fail(struct parser *parser, const char *where, const char *problem)
{
    if (!parser->problem) {
        parser->problem = problem;
        parser->where = where;
    }
    parser->at = parser->end;
    return 0;
}

static void skip_blanks(struct parser *parser)
{
    while (parser->at < parser->end && isspace((unsigned char)*parser->at))
        parser->at++;
}

/* The character `ahead` places on, or a zero byte, which nothing asks for, beyond the end. */
static char peek(const struct parser *parser, ptrdiff_t ahead)
{
    return parser->end - parser->at > ahead ? parser->at[ahead] : '\0';
}

/* ---- numbers --------------------------------------------------------------------------------- */

static int digit_at(const struct parser *parser, ptrdiff_t ahead, int base)
{
    char c = peek(parser, ahead);
    int digit = isdigit((unsigned char)c)    ? c - '0'
                : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
                                             : base;
    return digit < base ? digit : -1;
}

/* Takes a digit, along with a separator before it, and returns its value, or -1 for none. */
static int take_digit(struct parser *parser, int base, bool first)
{
    ptrdiff_t separator = !first && (peek(parser, 0) == '_' || peek(parser, 0) == '\'');
    int digit = digit_at(parser, separator, base);
    if (digit >= 0)
        parser->at += separator + 1;
    return digit;
}

static bool append_digit(integer *value, int base, int digit)
{
    return !__builtin_mul_overflow(*value, base, value) &&
           !__builtin_add_overflow(*value, digit, value);
}

static integer hexadecimal(struct parser *parser)
{
    const char *where = parser->at;
    parser->at += strlen("0x");
    integer value = 0;
    int digit = take_digit(parser, 16, true);
    if (digit < 0)
        return fail(parser, parser->at, "expected a hexadecimal digit");
    for (; digit >= 0; digit = take_digit(parser, 16, false)) {
        if (!append_digit(&value, 16, digit))
            return fail(parser, where, TOO_LARGE);
    }
    return value;
}

static bool scale(integer *value, long long zeros)
{
    for (; zeros > 0 && *value != 0; zeros--) {
        if (!append_digit(value, 10, 0))
            return false;
    }
    return true;
}

/* The power of ten that follows the digits, 0 for none. Cut off where no text can make up for it
 * with digits. */
static long long exponent(struct parser *parser)
{
    if (tolower((unsigned char)peek(parser, 0)) != 'e')
        return 0;
    bool negative = peek(parser, 1) == '-';
    ptrdiff_t sign = negative || peek(parser, 1) == '+';
    if (digit_at(parser, 1 + sign, 10) < 0)
        return 0;

    parser->at += 1 + sign;
    long long value = 0;
    bool first = true;
    for (int digit; (digit = take_digit(parser, 10, first)) >= 0; first = false)
        value = value < LLONG_MAX / 20 ? value * 10 + digit : value;
    return negative ? -value : value;
}

/* Digits, a fraction, a power of ten. Zeros are put off until a digit follows them: so the value
 * is whole exactly when no power of ten is left to divide by, however the number was written. */
static integer decimal(struct parser *parser)
{
    const char *where = parser->at;
    integer value = 0;
    long long zeros = 0, places = 0;
    bool fraction = false, first = true;
    for (;;) {
        int digit = take_digit(parser, 10, first);
        first = false;
        if (digit < 0 && !fraction && peek(parser, 0) == '.' && digit_at(parser, 1, 10) >= 0) {
            parser->at++;
            fraction = first = true;
            continue;
        }
        if (digit < 0)
            break;
        places += fraction;
        zeros++;
        if (digit > 0) {
            if (!scale(&value, zeros) || __builtin_add_overflow(value, digit, &value))
                return fail(parser, where, TOO_LARGE);
            zeros = 0;
        }
    }
    zeros += exponent(parser) - places;
    if (zeros < 0 && value != 0)
        return fail(parser, where, "not a whole number");
    return scale(&value, zeros) ? value : fail(parser, where, TOO_LARGE);
}

/* ---- operators ------------------------------------------------------------------------------- */

/* Squares only while a bit is left, so that 1, 0 and -1 take any exponent without overflow. */
static bool power(integer base, integer exponent, integer *value)
{
    integer product = 1;
    for (;;) {
        if (exponent % 2 == 1 && __builtin_mul_overflow(product, base, &product))
            return false;
        exponent /= 2;
        if (exponent == 0)
            break;
        if (__builtin_mul_overflow(base, base, &base))
            return false;
    }
    *value = product;
    return true;
}

static bool shift_left(integer left, integer right, integer *value)
{
    integer factor;
    *value = 0;
    return left == 0 || (power(2, right, &factor) && !__builtin_mul_overflow(left, factor, value));
}

static integer apply(struct parser *parser, const char *where, char action, integer left,
                     integer right)
{
    integer value = 0;
    bool fits = true;
    switch (action) {
    case '+':
        fits = !__builtin_add_overflow(left, right, &value);
        break;
    case '-':
        fits = !__builtin_sub_overflow(left, right, &value);
        break;
    case '*':
        fits = !__builtin_mul_overflow(left, right, &value);
        break;
    case '/':
    case '%':
        if (right == 0)
            return fail(parser, where, "division by zero");
        if (action == '/' && right != -1 && left % right != 0)
            return fail(parser, where, "the division leaves a rest");
        /* The smallest value divided by -1 does not fit; -1 is not worth a division anyway. */
        if (right == -1)
            fits = action == '%' || !__builtin_sub_overflow(0, left, &value);
        else
            value = action == '/' ? left / right : left % right;
        break;
    default:
        if (right < 0)
            return fail(parser, where, action == '^' ? "negative exponent" : "negative shift");
        if (action == '^')
            fits = power(left, right, &value);
        else if (action == '<')
            fits = shift_left(left, right, &value);
        else
            value = left >> (right < 127 ? (int)right : 127);
    }
    return fits ? value : fail(parser, where, TOO_LARGE);
}

static const struct operation *operation_at(const struct parser *parser)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        const char *symbol = operations[i].symbol;
        if (peek(parser, 0) == symbol[0] && (!symbol[1] || peek(parser, 1) == symbol[1]))
            return &operations[i];
    }
    return NULL;
}

static integer operand(struct parser *parser)
{
    skip_blanks(parser);
    const char *where = parser->at;
    char c = peek(parser, 0);
    if (c == '-' || c == '+') {
        parser->at++;
        integer value = parse(parser, BINDING_SIGN);
        return c == '+' ? value : apply(parser, where, '-', 0, value);
    }
    if (c == '(') {
        parser->at++;
        integer value = parse(parser, BINDING_LOOSEST);
        skip_blanks(parser);
        if (peek(parser, 0) != ')')
            return fail(parser, parser->at, "expected )");
        parser->at++;
        return value;
    }
    if (c == '0' && tolower((unsigned char)peek(parser, 1)) == 'x')
        return hexadecimal(parser);
    if (isdigit((unsigned char)c))
        return decimal(parser);
    return fail(parser, where, "expected a number");
}

/* An operand and the operators after it that bind at least as tightly as `binding`. */
static integer parse(struct parser *parser, int binding)
{
    if (parser->depth == DEPTH_MAX)
        return fail(parser, parser->at, "too deeply nested");
    parser->depth++;
    integer left = operand(parser);
    for (;;) {
        skip_blanks(parser);
        const struct operation *next = operation_at(parser);
        if (!next || next->binding < binding)
            break;
        const char *where = parser->at;
        parser->at += strlen(next->symbol);
        bool from_right = next->binding == BINDING_POWER;
        integer right = parse(parser, next->binding + !from_right);
        left = apply(parser, where, next->action, left, right);
    }
    parser->depth--;
    return left;
}

bool expression_evaluate(const char *text, size_t length, expression_integer *value,
                         struct expression_error *error)
{
    struct parser parser = {.at = text, .end = text + length};
    integer result = parse(&parser, BINDING_LOOSEST);
    if (parser.at < parser.end)
        fail(&parser, parser.at, "expected an operator");
    if (parser.problem) {
        *error = (struct expression_error){parser.problem, (size_t)(parser.where - text)};
        return false;
    }
    *value = result;
    return true;
}
