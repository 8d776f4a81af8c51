/* Reads the values of options and names those that are allowed when one is wrong: see values.h. */
#include "values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yoke/topology.h>

#include "report.h"
#include "suggestion.h"

#define TEXT_OF(token) #token
#define TEXT(macro)    TEXT_OF(macro)

static const char *const algorithm_names[] = {
    [YOKE_ALGORITHM_AUTO] = "auto",
    [YOKE_ALGORITHM_SIEVE] = "sieve",
    [YOKE_ALGORITHM_TRIAL] = "trial",
    [YOKE_ALGORITHM_COMBINATORIAL] = "combinatorial",
};

/* Bad input is quoted in messages, but not at any length. */
#define QUOTED "\"%.60s\""

static bool number(const char *what, const char *text, expression_integer least,
                   expression_integer most, const char *range, expression_integer *value)
{
    expression_integer number;
    struct expression_error error;
    size_t length = strlen(text);
    if (!expression_evaluate(text, length, &number, &error)) {
        bool at_end = error.position == length;
        report_usage("%s " QUOTED ": %s at %s%.60s%s; it must be a whole number from %s, such as "
                     "1000, 1e3, 2^10 or 3*(4+5)",
                     what, text, error.problem, at_end ? "" : "\"",
                     at_end ? "the end" : text + error.position, at_end ? "" : "\"", range);
        return false;
    }
    if (number < least || number > most) {
        const char *problem = number < 0 ? "negative" : number < least ? "too small" : "too large";
        report_usage("%s " QUOTED " is %s; it must be a whole number from %s", what, text, problem,
                     range);
        return false;
    }
    *value = number;
    return true;
}

bool value_bound(const char *what, const char *text, expression_integer *bound)
{
    const expression_integer most = (expression_integer)10000000000000 * 10000000000000;
    return number(what, text, 0, most, "0 to 10^26", bound);
}

bool value_first(const char *what, const char *text, uint64_t *count)
{
    const uint64_t most = UINT64_C(425656284035217743); /* the primes below 2^64 */
    expression_integer value;
    if (!number(what, text, 0, most, "0 to 425656284035217743, the primes below 2^64", &value))
        return false;
    *count = (uint64_t)value;
    return true;
}

bool value_whole(const char *what, const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    char range[64];
    expression_integer read;
    snprintf(range, sizeof range, "%llu to %llu", (unsigned long long)least,
             (unsigned long long)most);
    if (!text)
        return true;
    if (!number(what, text, least, most, range, &read))
        return false;
    *value = (uint64_t)read;
    return true;
}

bool value_bytes(const char *what, const char *text, size_t *bytes)
{
    expression_integer value;
    if (!number(what, text, 1, (expression_integer)1 << 50, "1 to 2^50 bytes", &value))
        return false;
    *bytes = (size_t)value;
    return true;
}

bool value_workers(const char *what, const char *text, unsigned *workers)
{
    expression_integer value;
    if (!number(what, text, 1, YOKE_WORKERS_MAX, "1 to " TEXT(YOKE_WORKERS_MAX), &value))
        return false;
    *workers = (unsigned)value;
    return true;
}

bool value_name(const char *what, const char *text, const char *const *names, size_t count,
                const char *known, size_t *found)
{
    struct suggestion suggestion = {text, strlen(text), NULL, 0};
    for (*found = 0; *found < count; ++*found) {
        if (strcmp(text, names[*found]) == 0)
            return true;
        suggestion_consider(&suggestion, names[*found]);
    }
    if (suggestion.name)
        report_usage("%s=%.60s is unknown; did you mean %s?", what, text, suggestion.name);
    else
        report_usage("%s=%.60s is unknown; it must be %s", what, text, known);
    return false;
}

bool value_bind(const char *text, const char **bind)
{
    static const char *const names[] = {"auto", "none", "spread", "close"};
    size_t found;
    if (!strchr(text, ':') && strcmp(text, "all") != 0 &&
        !value_name("--bind", text, names, sizeof names / sizeof *names,
                    "auto, none, spread, close, or places such as core:0-3 or numa:1", &found))
        return false;
    *bind = text;
    return true;
}

bool value_algorithm(const char *text, yoke_algorithm *algorithm)
{
    size_t found;
    if (!value_name("--algorithm", text, algorithm_names,
                    sizeof algorithm_names / sizeof *algorithm_names,
                    "auto, sieve, trial or combinatorial", &found))
        return false;
    *algorithm = (yoke_algorithm)found;
    return true;
}

const char *value_variable(const char *name)
{
    const char *text = getenv(name);
    return text && text[strspn(text, " \t")] ? text : NULL;
}

const char *value_algorithm_name(yoke_algorithm algorithm)
{
    return algorithm_names[algorithm];
}
