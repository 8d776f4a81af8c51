/* Command lines: a word to a line of the input. The numbers are read as `yoke` reads them. */
#include <string.h>

#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/values.h"
#include "fuzz.h"

enum { NUMBERS = 1, NAMES = 2 };

static const struct option options[] = {
    {"threads", 't', "N", NUMBERS, "a number"},   {"first", 0, "N", NUMBERS | NAMES, "another one"},
    {"algorithm", 0, "NAME", NAMES, "a word"},    {"quiet", 'q', NULL, NUMBERS | NAMES, "no value"},
    {"quick", 0, NULL, NAMES, "nearly the same"},
};

static const struct option_table table = {options, sizeof options / sizeof *options};

static void read_values(const struct arguments *arguments)
{
    unsigned workers;
    uint64_t first;
    expression_integer bound;
    yoke_algorithm algorithm;
    if (arguments->value[0] && value_workers("--threads", arguments->value[0], &workers))
        EXPECT(workers >= 1 && workers <= YOKE_WORKERS_MAX);
    if (arguments->value[1] && value_first("--first", arguments->value[1], &first))
        EXPECT(first <= UINT64_C(425656284035217743));
    if (arguments->value[2] && value_algorithm(arguments->value[2], &algorithm))
        EXPECT(strcmp(value_algorithm_name(algorithm), arguments->value[2]) == 0);
    for (size_t i = 0; i < arguments->operands && i < OPERANDS_MAX; i++)
        if (value_bound("STOP", arguments->operand[i], &bound))
            EXPECT(bound >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { WORDS_MAX = 80 };
    char *words[WORDS_MAX + 1] = {NULL};
    char *text = malloc(size + 1);
    EXPECT(text);
    memcpy(text, data, size);
    text[size] = '\0';
    size_t count = 0;
    char *rest = text;
    while (count < WORDS_MAX && (words[count] = strsep(&rest, "\n")))
        count++;
    words[count] = NULL;
    struct arguments arguments;
    unsigned command = size % 2 ? NUMBERS : NAMES;
    int status = arguments_read(&arguments, &table, command, words);
    EXPECT(status == 0 || status == EXIT_USAGE);
    if (status == 0)
        read_values(&arguments);
    free(text);
    return 0;
}
