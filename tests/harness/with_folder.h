/* A folder of the test's own, and the path of a file in it that is not there yet. */
#ifndef TESTS_WITH_FOLDER_H
#define TESTS_WITH_FOLDER_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[64], path[128];

static inline void make_folder(void)
{
    strcpy(folder, "/tmp/yoke-test-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
}

static inline void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

#endif
