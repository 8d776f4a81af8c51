/* The picture of a topology: what stands in it is what the topology says. */
#include "with_topology.h"
#include "xml.h"

/* What is drawn, for free(). */
static char *drawn(const yoke_topology *topology)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    cr_assert(stream);
    cr_assert_eq(yoke_topology_draw(topology, stream), YOKE_OK, "%s", yoke_last_error());
    fclose(stream);
    cr_expect(xml_is_valid(text), "%s", text);
    return text;
}

static char *draw_synthetic(const char *synthetic, unsigned workers)
{
    yoke_topology *topology = open_synthetic(synthetic, workers);
    char *picture = drawn(topology);
    yoke_topology_release(topology);
    return picture;
}

/* How many core boxes there are of a class, and hardware threads. */
static size_t boxes(const char *picture, const char *class)
{
    char tag[64];
    snprintf(tag, sizeof tag, "</title><rect class=\"%s\"", class);
    return occurrences(picture, tag);
}

static size_t pus(const char *picture)
{
    return occurrences(picture, "<rect class=\"pu");
}

Test(topology_draw, shows_every_worker_on_its_core, .init = clear_environment, .timeout = 30)
{
    yoke_topology *topology = open_synthetic("pack:2 numa:1 l3:8 core:8 pu:2", 0);
    char *picture = drawn(topology);
    cr_expect_eq(boxes(picture, "busy"), 128);
    cr_expect_eq(boxes(picture, "free"), 0);
    cr_expect_eq(pus(picture), 256);
    cr_expect_eq(occurrences(picture, ">L3 "), 16);
    cr_expect(strstr(picture, ">package 1, NUMA node 1 ("));
    cr_expect(strstr(picture, ">128 workers on 128 cores<"));
    for (unsigned worker = 0; worker < 128; worker++) {
        char core[32], expected[64];
        snprintf(core, sizeof core, "%s,", yoke_topology_place(topology, worker));
        *strchr(core, ':') = ' ';
        snprintf(expected, sizeof expected, "\nworker %u on %s<", worker,
                 yoke_topology_place(topology, worker));
        const char *title = strstr(picture, core), *end = title ? strstr(title, "/title>") : NULL;
        cr_assert(end, "%s", core);
        const char *found = strstr(title, expected);
        cr_expect(found && found < end, "%s in %.*s", expected, (int)(end - title), title);
    }
    free(picture);
    yoke_topology_release(topology);
}

Test(topology_draw, shows_what_is_left_and_why, .init = clear_environment, .timeout = 30)
{
    yoke_topology *topology = open_bound("numa:2 core:4 pu:2", 3, "spread");
    char *picture = drawn(topology);
    yoke_topology_release(topology);
    cr_expect_eq(boxes(picture, "busy"), 3);
    cr_expect_eq(boxes(picture, "free"), 5);
    cr_expect(strstr(picture, ">because the caller asked for 3 ("), "%s", picture);
    cr_expect(strstr(picture, ">3 cores with a worker<"));
    cr_expect(strstr(picture, ">5 cores without a worker<"));
    free(picture);
}

Test(topology_draw, counts_workers_that_share_a_core, .init = clear_environment, .timeout = 30)
{
    char *picture = draw_synthetic("core:2 pu:2", 4);
    cr_expect_eq(occurrences(picture, ">workers 0, 2<") + occurrences(picture, ">workers 1, 3<"), 2,
                 "%s", picture);
    free(picture);
    picture = draw_synthetic("core:2 pu:2", 11);
    cr_expect_eq(occurrences(picture, ">6 workers<"), 1, "%s", picture);
    cr_expect_eq(occurrences(picture, ">5 workers<"), 1);
    free(picture);
}

Test(topology_draw, shows_shared_caches_of_some_cores, .init = clear_environment, .timeout = 30)
{
    yoke_topology *topology = open_xml(HYBRID, 0);
    char *picture = drawn(topology);
    cr_expect_eq(boxes(picture, "busy"), 6);
    cr_expect_eq(occurrences(picture, ">L2 "), 1, "%s", picture); /* that of the slow cores */
    cr_expect_eq(pus(picture), 8);
    free(picture);
    yoke_topology_release(topology);
}

/* No box leaves the page. */
Test(topology_draw, stays_on_the_page, .init = clear_environment, .timeout = 30)
{
    static const char *const machines[] = {"core:1 pu:1", "core:17 pu:8", "numa:3 core:5 pu:1",
                                           "pack:4 numa:2 l3:4 core:4 pu:2", "pu:3"};
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        char *picture = draw_synthetic(machines[i], 0);
        int width, height, x, y, w, h;
        cr_assert_eq(
            sscanf(strstr(picture, " width="), " width=\"%d\" height=\"%d\"", &width, &height), 2);
        for (const char *at = picture; (at = strstr(at, "\" x=\"")); at++) {
            int read =
                sscanf(at, "\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", &x, &y, &w, &h);
            cr_expect(read == 2 || (read == 4 && x + w <= width && y + h <= height), "%s: %.60s",
                      machines[i], at);
            cr_expect(x >= 0 && y >= 0 && x < width && y < height, "%s: %.60s", machines[i], at);
        }
        free(picture);
    }
}

Test(topology_draw, refused_by_a_full_disk, .timeout = 30)
{
    yoke_topology *topology = open_synthetic("core:2 pu:1", 0);
    FILE *full = fopen("/dev/full", "w");
    cr_assert(full);
    cr_expect_eq(yoke_topology_draw(topology, full), YOKE_SYSTEM);
    cr_expect(strstr(yoke_last_error(), "No space left"), "%s", yoke_last_error());
    fclose(full);
    yoke_topology_release(topology);
}
