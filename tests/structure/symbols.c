/* What the libraries let programs see, against what the public headers promise. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "yoke/version.h"

/* Shell commands that print names. In a header a function is declared from the first column on;
 * one that is defined there, as `static inline`, is for callers but no symbol. */
#define HEADERS    "$(ls include/yoke/*.h | grep -v cluster.h)"
#define PRINT_NAME "s/^[a-z].*\\(yoke_[a-z0-9_]*\\)(.*/\\1/p"
#define DECLARED   "sed -n '" PRINT_NAME "' " HEADERS
#define LINKED     "sed -n '/^static inline /!" PRINT_NAME "' " HEADERS
#define MAPPED     "sed -n 's/^ *\\(yoke_[a-z0-9_]*\\);$/\\1/p' lib/yoke.map"
#define EXPORTED   "nm -D --defined-only " YOKE_BUILD "/libyoke.so | sed -n 's/@.*//; s/.* [B-Z] //p'"
#define GLOBAL     "nm -g --defined-only " YOKE_BUILD "/libyoke.a | sed -n 's/.* [A-Z] //p'"

/* The pages of section 3 are made anew, into a folder that is removed. */
#define DOCUMENTED                                                                                 \
    "sh -c 'folder=$(mktemp -d) && sh lib/manual.sh $folder 0 include/yoke/[!c]*.h && "            \
    "cat $folder/*.3 && rm -r $folder' | sed -n 's/^\\.SS //p' | grep -o 'yoke_[a-z0-9_]*()' | "   \
    "tr -d '()'"

/* Reads what a shell command prints. */
static void read_output(const char *command, char *text, size_t size)
{
    FILE *pipe = popen(command, "r");
    cr_assert_not_null(pipe);
    size_t length = fread(text, 1, size - 1, pipe);
    text[length] = '\0';
    cr_assert_eq(pclose(pipe), 0, "%s", command);
}

/* The names that only one of the commands prints. */
static void assert_same_names(const char *one, const char *other)
{
    char command[1024], difference[16384];
    snprintf(command, sizeof command, "{ %s | sort -u; %s | sort -u; } | sort | uniq -u", one,
             other);
    read_output(command, difference, sizeof difference);
    cr_assert_str_eq(difference, "", "only one side has:\n%s", difference);
}

Test(symbols, the_headers_declare_functions, .timeout = 20)
{
    char declared[16384];
    read_output(DECLARED, declared, sizeof declared);
    cr_assert_not_null(strstr(declared, "yoke_version\n"));
    cr_assert_not_null(strstr(declared, "yoke_context_server\n"));
    cr_assert_null(strstr(declared, "yoke_kernel\n"), "a type is no function");
    cr_assert_not_null(strstr(declared, "yoke_fork\n"), "an inline function is one");
}

Test(symbols, inline_functions_are_no_symbols, .timeout = 20)
{
    char linked[16384];
    read_output(LINKED, linked, sizeof linked);
    cr_assert_not_null(strstr(linked, "yoke_forks_here\n"));
    cr_assert_null(strstr(linked, "yoke_fork\n"));
}

Test(symbols, the_map_lists_the_public_functions_alone, .timeout = 20)
{
    assert_same_names(LINKED, MAPPED);
}

Test(symbols, the_shared_library_exports_the_public_functions_alone, .timeout = 20)
{
    assert_same_names(LINKED, EXPORTED);
}

Test(symbols, the_static_library_defines_the_public_functions_alone, .timeout = 20)
{
    assert_same_names(LINKED, GLOBAL);
}

Test(symbols, the_manual_documents_the_public_functions_alone, .timeout = 20)
{
    assert_same_names(DECLARED, DOCUMENTED);
}

/* What tests/walk calls; a walk that is long enough fails when it has left one of them out. */
#define WALKED YOKE_BUILD "/tests/walk/walk --functions"

Test(symbols, the_random_walk_calls_all_public_functions, .timeout = 20)
{
    assert_same_names(DECLARED, WALKED);
}

/* A program asks for libyoke.so.MAJOR at run time: the name must change with the major version. */
Test(symbols, the_shared_library_is_named_after_its_major_version, .timeout = 20)
{
    char name[256], expected[64];
    read_output("readelf -d " YOKE_BUILD "/libyoke.so | sed -n 's/.*SONAME.*\\[\\(.*\\)\\]/\\1/p'",
                name, sizeof name);
    snprintf(expected, sizeof expected, "libyoke.so.%d\n", YOKE_VERSION_MAJOR);
    cr_assert_str_eq(name, expected);
}

/* Each exported name carries the release that brought it, which is at most this one. */
Test(symbols, every_symbol_has_the_version_of_its_release, .timeout = 20)
{
    char names[16384];
    read_output("nm -D --defined-only --with-symbol-versions " YOKE_BUILD
                "/libyoke.so | sed -n 's/.* T //p'",
                names, sizeof names);
    int symbols = 0;
    for (char *rest = names, *name; (name = strsep(&rest, "\n")) && *name; symbols++) {
        char *version = strstr(name, "@@YOKE_");
        int major, minor;
        cr_assert(version && sscanf(version, "@@YOKE_%d.%d", &major, &minor) == 2, "%s", name);
        cr_expect(major * 1000 + minor <= YOKE_VERSION_MAJOR * 1000 + YOKE_VERSION_MINOR, "%s",
                  name);
    }
    cr_assert_gt(symbols, 50);
}

/* Under musl a worker's stack is what a library that the program starts with asks for. */
Test(symbols, the_shared_library_asks_for_stacks_of_8_MiB, .timeout = 20)
{
    char size[64];
    read_output("readelf -lW " YOKE_BUILD "/libyoke.so | awk '/GNU_STACK/ {print $6}'", size,
                sizeof size);
    cr_assert_str_eq(size, "0x800000\n");
}

Test(symbols, what_is_the_systems_stands_behind_its_seam, .timeout = 20)
{
    char outside[4096];
    read_output("sh tests/structure/seam.sh || true", outside, sizeof outside);
    cr_assert_str_eq(outside, "");
}
