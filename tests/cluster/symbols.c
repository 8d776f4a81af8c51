/* What libyoke_cluster lets programs see, against its header. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define NAME "s/^[a-z].*[ *]\\(yoke_[a-z0-9_]*\\)(.*/\\1/p"

Test(cluster_symbols, header_map_and_libraries_agree, .timeout = 20)
{
    static const char *const others[] = {
        "sed -n 's/^ *\\(yoke_[a-z0-9_]*\\);$/\\1/p' lib/yoke_cluster.map",
        "nm -D --defined-only " YOKE_BUILD "/libyoke_cluster.so | sed -n 's/@.*//; s/.* [B-Z] //p'",
        "nm -g --defined-only " YOKE_BUILD "/libyoke_cluster.a | sed -n 's/.* [A-Z] //p'",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char command[1024], difference[4096];
        snprintf(command, sizeof command,
                 "{ grep -v '^static' include/yoke/cluster.h | sed -n '" NAME "' | sort -u; "
                 "%s | sort -u; } | sort | uniq -u",
                 others[i]);
        FILE *pipe = popen(command, "r");
        cr_assert_not_null(pipe);
        difference[fread(difference, 1, sizeof difference - 1, pipe)] = '\0';
        cr_assert_eq(pclose(pipe), 0);
        cr_assert_str_eq(difference, "", "only one side has:\n%s", difference);
    }
}
