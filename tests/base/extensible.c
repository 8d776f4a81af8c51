/* Structs that get further fields: programs and libraries of different versions. */
#include "base/extensible.h"
#include "with_server.h"
#include "yoke/primes.h"
#include "yoke/yoke.h"

/* A struct in the course of the versions, of which the third one is the library's. */
struct first {
    size_t size;
    long a;
};

struct third {
    size_t size;
    long a, b;
    const char *c;
};

struct fourth {
    size_t size;
    long a, b;
    const char *c;
    long d[2];
};

/* What `first` had. */
#define TYPE EXTENSIBLE(struct third, a, "THIRD_INIT")

Test(extensible, a_known_struct_is_taken_as_it_is)
{
    const struct third given = {sizeof given, 1, 2, "three"};
    struct third copy;
    cr_assert_eq(extensible_read(TYPE, &given, &copy), &given);
}

Test(extensible, an_older_struct_has_zero_for_the_rest)
{
    /* What follows it in the program's memory is none of its fields. */
    const struct fourth given = {sizeof(struct first), 1, 2, "three", {4, 5}};
    struct third copy = {0, 7, 7, "seven"};
    const struct third *read = extensible_read(TYPE, &given, &copy);
    cr_assert_eq(read, &copy);
    cr_assert_eq(read->size, sizeof copy);
    cr_assert_eq(read->a, 1);
    cr_assert_eq(read->b, 0);
    cr_assert_null(read->c);
}

Test(extensible, a_newer_struct_must_not_ask_for_what_is_not_known)
{
    struct fourth given = {sizeof given, 1, 2, "three", {0, 0}};
    struct third copy;
    const struct third *read = extensible_read(TYPE, &given, &copy);
    cr_assert_eq(read, &copy);
    cr_assert(read->size == sizeof copy && read->a == 1 && read->b == 2);
    cr_assert_str_eq(read->c, "three");
    given.d[1] = 1;
    cr_assert_null(extensible_read(TYPE, &given, &copy));
    cr_assert(strstr(yoke_last_error(), "built for a newer one"), "%s", yoke_last_error());
}

Test(extensible, a_size_that_no_version_had_is_refused)
{
    static char given[2 * 4096];
    const size_t sizes[] = {0, 1, sizeof(size_t), sizeof(size_t) + 3, 4097, SIZE_MAX};
    struct third copy;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memcpy(given, &sizes[i], sizeof sizes[i]);
        cr_assert_null(extensible_read(TYPE, given, &copy), "%zu", sizes[i]);
        cr_assert(strstr(yoke_last_error(), "THIRD_INIT"), "%s", yoke_last_error());
        cr_assert_eq(extensible_write(TYPE, given, &copy), YOKE_INVALID);
    }
    cr_assert_eq(extensible_write(TYPE, NULL, &copy), YOKE_INVALID);
}

Test(extensible, as_much_is_written_as_there_is_room_for)
{
    const struct third full = {sizeof full, 1, 2, "three"};
    struct fourth given = {offsetof(struct third, b), 7, 7, NULL, {7, 7}};
    cr_assert_eq(extensible_write(TYPE, &given, &full), YOKE_OK);
    cr_assert(given.size == offsetof(struct third, b) && given.a == 1 && given.b == 7 && !given.c);
    given = (struct fourth){.size = sizeof given};
    cr_assert_eq(extensible_write(TYPE, &given, &full), YOKE_OK);
    cr_assert(given.size == sizeof given && given.b == 2 && given.c == full.c && !given.d[0]);
    given.d[0] = 7;
    cr_assert_eq(extensible_write(TYPE, &given, &full), YOKE_INVALID);
}

/* ---- the public ones ------------------------------------------------------------------------- */

/* A public struct as a later version may have it. */
#define LATER(type)                                                                                \
    struct {                                                                                       \
        type known;                                                                                \
        long added;                                                                                \
    }

Test(extensible, tasks_and_options_of_later_versions_are_read, .timeout = 20)
{
    LATER(yoke_server_options) options = {YOKE_SERVER_OPTIONS_INIT, 0};
    LATER(yoke_task) task = {YOKE_TASK_INIT, 0};
    LATER(yoke_primes_options) how = {YOKE_PRIMES_OPTIONS_INIT, 0};
    LATER(yoke_topology_options) where = {YOKE_TOPOLOGY_OPTIONS_INIT, 0};
    options.known.size = sizeof options, options.known.workers = 2;
    task.known.size = sizeof task, task.known.kernel = nothing;
    how.known.size = sizeof how;
    where.known.size = sizeof where;
    for (int added = 0; added < 2; added++) {
        const yoke_status expected = added ? YOKE_INVALID : YOKE_OK;
        options.added = task.added = how.added = where.added = added;
        yoke_server *server = NULL;
        cr_expect_eq(yoke_server_open(&options.known, &server), expected);
        yoke_topology *topology = NULL;
        cr_expect_eq(yoke_topology_open(&where.known, &topology), expected);
        yoke_topology_release(topology);
        uint64_t count;
        cr_expect_eq(yoke_count_primes(NULL, 0, 100, &how.known, &count), expected);
        yoke_primes_plan plan;
        cr_expect_eq(yoke_plan_primes(1, 0, 100, &how.known, &plan), expected);
        server = server ? server : open_server(1);
        yoke_job *job = NULL;
        cr_expect_eq(yoke_submit(server, &task.known, &job), expected);
        cr_expect_eq(job == NULL, added);
        yoke_job_release(job);
        yoke_server_release(server);
    }
}

Test(extensible, statistics_of_later_versions_are_filled, .timeout = 20)
{
    yoke_server *server = open_server(1);
    LATER(yoke_server_statistics) all = {{.size = sizeof all}, 0};
    LATER(yoke_place_statistics) place = {{.size = sizeof place}, 0};
    cr_expect_eq(yoke_server_get_statistics(server, &all.known), YOKE_OK);
    cr_expect(all.known.workers == 1 && all.known.size == sizeof all && !all.added);
    cr_expect_eq(yoke_server_get_place_statistics(server, 0, &place.known), YOKE_OK);
    cr_expect(place.known.workers == 1 && place.known.size == sizeof place && !place.added);
    yoke_server_release(server);
}
