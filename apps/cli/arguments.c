/* Reads a command line by a table of options, and suggests the nearest name for one that is
 * unknown: see arguments.h. */
#include "arguments.h"

#include <stdbool.h>
#include <string.h>

#include "report.h"
#include "suggestion.h"

/* Where the help says what an option does: right of the longest option there is. */
#define HELP_COLUMN 26

struct reader {
    struct arguments *arguments;
    const struct option_table *table;
    unsigned command;
    char **words; /* those still to read */
};

static bool is_option(const char *word)
{
    /* No option begins like a number. */
    return word[0] == '-' && word[1] && !strchr("0123456789.( ", word[1]);
}

static bool may_be_left_out(const char *value)
{
    return value && value[0] == '[';
}

/* "--threads=N" or "--svg[=FILE]", the way messages name an option. */
static const char *option_text(const struct option *option, char text[64])
{
    bool optional = may_be_left_out(option->value);
    snprintf(text, 64, "--%s%s%s", option->name,
             optional        ? "[="
             : option->value ? "="
                             : "",
             option->value ? option->value + optional : "");
    return text;
}

/* The option of the command that `word` looks like; NULL: none. */
static const struct option *find_nearest(const struct reader *reader, const char *word)
{
    struct suggestion suggestion = {word + 2, strcspn(word + 2, "="), NULL, 0};
    for (size_t i = 0; word[1] == '-' && i < reader->table->count; i++) {
        const struct option *option = &reader->table->options[i];
        if (option->commands & reader->command)
            suggestion_consider(&suggestion, option->name);
    }
    for (size_t i = 0; suggestion.name && i < reader->table->count; i++) {
        if (reader->table->options[i].name == suggestion.name)
            return &reader->table->options[i];
    }
    return NULL;
}

static int report_unknown(const struct reader *reader, const char *word)
{
    char known[1024] = "", text[64];
    const struct option *nearest = find_nearest(reader, word);
    if (nearest)
        return report_usage("option \"%.60s\" is unknown; did you mean %s?", word,
                            option_text(nearest, text));
    size_t length = 0;
    for (size_t i = 0; i < reader->table->count && length < sizeof known; i++) {
        const struct option *option = &reader->table->options[i];
        if (option->commands & reader->command)
            length += (size_t)snprintf(known + length, sizeof known - length, "%s%s",
                                       length ? ", " : "", option_text(option, text));
    }
    return report_usage("option \"%.60s\" is unknown here; it must be one of %s", word, known);
}

/* The command's option of that long name, or of that letter; the other one is "" or a zero byte. */
static const struct option *find(const struct reader *reader, const char *name, size_t length,
                                 char letter)
{
    for (size_t i = 0; i < reader->table->count; i++) {
        const struct option *option = &reader->table->options[i];
        bool same_name = strlen(option->name) == length && !memcmp(option->name, name, length);
        if (option->commands & reader->command &&
            (same_name || (letter && option->letter == letter)))
            return option;
    }
    return NULL;
}

/* Notes the option with the value that stands in its own word, or, if that is NULL, in the next. */
static int set(struct reader *reader, const struct option *option, const char *value)
{
    char text[64];
    bool needed = option->value && !may_be_left_out(option->value);
    if (needed && !value && !(value = *reader->words++))
        return report_usage("--%s needs a value: %s", option->name, option_text(option, text));
    if (option->value && value && !*value)
        return report_usage("the value of --%s is empty: %s", option->name,
                            option_text(option, text));
    if (!option->value && value)
        return report_usage("--%s takes no value", option->name);
    struct arguments *arguments = reader->arguments;
    size_t row = (size_t)(option - reader->table->options);
    if (arguments->givens == GIVEN_MAX)
        return report_usage("more than %d options", GIVEN_MAX);
    arguments->value[row] = value ? value : "";
    arguments->given[arguments->givens++] = (struct given){row, arguments->value[row]};
    return 0;
}

static int read_long(struct reader *reader, const char *word)
{
    const char *name = word + 2;
    size_t length = strcspn(name, "=");
    const struct option *option = find(reader, name, length, '\0');
    if (!option)
        return report_unknown(reader, word);
    return set(reader, option, name[length] ? name + length + 1 : NULL);
}

static int read_letters(struct reader *reader, const char *word)
{
    for (const char *letter = word + 1; *letter; letter++) {
        const struct option *option = find(reader, "", 0, *letter);
        if (!option)
            return report_unknown(reader, word);
        if (option->value)
            return set(reader, option, letter[1] ? letter + 1 : NULL);
        set(reader, option, NULL);
    }
    return 0;
}

int arguments_read(struct arguments *arguments, const struct option_table *table, unsigned command,
                   char **words)
{
    *arguments = (struct arguments){.operands = 0};
    struct reader reader = {arguments, table, command, words};
    bool operands_only = false;
    int status = 0;
    while (status == 0 && *reader.words) {
        const char *word = *reader.words++;
        if (!operands_only && strcmp(word, "--") == 0) {
            operands_only = true;
        } else if (operands_only || !is_option(word)) {
            if (arguments->operands < OPERANDS_MAX)
                arguments->operand[arguments->operands] = word;
            arguments->operands++;
        } else {
            status = word[1] == '-' ? read_long(&reader, word) : read_letters(&reader, word);
        }
    }
    return status;
}

void arguments_print_help(const struct option_table *table, unsigned command, FILE *stream)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->options[i];
        if (!(option->commands & command))
            continue;
        char text[64], letter[] = {'-', option->letter, ',', ' ', '\0'};
        int column =
            fprintf(stream, "  %s%s", option->letter ? letter : "    ", option_text(option, text));
        for (const char *line = option->help; *line; column = 0) {
            int length = (int)strcspn(line, "\n");
            fprintf(stream, "%*s%.*s\n", HELP_COLUMN - column, "", length, line);
            line += length + (line[length] == '\n');
        }
    }
}
