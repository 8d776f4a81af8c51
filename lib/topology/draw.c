/* Draws the topology as an SVG page: boxes within boxes, down to the hardware threads, and the
 * workers on their cores. All coordinates are whole pixels. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/markup.h"
#include "boxes.h"
#include "plan.h"
#include "policy.h"
#include "snapshot.h"

/* In pixels. */
enum { MARGIN = 20, PAD = 10, TITLE = 22, GAP = 8, LINE = 18, PAGE_LEAST = 560 };

/* A core's box, and a hardware thread in it. Machines of many cores have narrow ones. */
enum { CORE_HEIGHT = 64, CORE_WIDE = 104, CORE_NARROW = 68, PU_WIDE = 26, PU_NARROW = 7 };
enum { MANY_CORES = 24 };

enum { TEXT_SIZE = BOX_TITLE_SIZE };

/* Letters are seven pixels wide or less. */
enum { LETTER = 7 };

struct drawing {
    const yoke_topology *topology;
    FILE *stream;
    int core_width, pu_width;
};

struct size {
    int width, height;
};

/* What became of a core: also the class of its box. */
enum fate { FATE_BUSY, FATE_FREE, FATE_BARRED, FATES };

static const char *const fate_class[FATES] = {"busy", "free", "barred"};

/* ---- the workers of a core ------------------------------------------------------------------- */

/* The next worker, from `worker` on, whose place has a PU of the set; the number of workers if
 * there is none. Workers that may be anywhere on their node have no core to be drawn on. */
static unsigned next_worker(const yoke_topology *topology, hwloc_const_bitmap_t cpus,
                            unsigned worker)
{
    if (!policy_has_cores(topology))
        return topology->workers;
    while (worker < topology->workers &&
           !hwloc_bitmap_intersects(topology->places[worker % topology->place_count].cpus, cpus))
        worker++;
    return worker;
}

static unsigned count_workers(const yoke_topology *topology, hwloc_const_bitmap_t cpus)
{
    unsigned count = 0;
    for (unsigned worker = next_worker(topology, cpus, 0); worker < topology->workers;
         worker = next_worker(topology, cpus, worker + 1))
        count++;
    return count;
}

static enum fate fate_of(const yoke_topology *topology, hwloc_const_bitmap_t cpus)
{
    if (next_worker(topology, cpus, 0) < topology->workers)
        return FATE_BUSY;
    return hwloc_bitmap_intersects(topology->usable, cpus) ? FATE_FREE : FATE_BARRED;
}

/* "worker 3", "workers 3, 7", "12 workers" */
static void workers_text(const struct drawing *drawing, hwloc_const_bitmap_t cpus,
                         char text[TEXT_SIZE])
{
    const yoke_topology *topology = drawing->topology;
    unsigned first = next_worker(topology, cpus, 0);
    unsigned second = next_worker(topology, cpus, first + 1);
    unsigned count = count_workers(topology, cpus);
    if (count == 1)
        snprintf(text, TEXT_SIZE, "worker %u", first);
    else
        snprintf(text, TEXT_SIZE, "workers %u, %u", first, second);
    if (count > 2 || (int)strlen(text) * LETTER > drawing->core_width + PAD)
        snprintf(text, TEXT_SIZE, "%u workers", count);
}

/* ---- sizes ----------------------------------------------------------------------------------- */

static struct size measure(const struct drawing *drawing, hwloc_obj_t box, int *columns);

/* Where the next box stands in another one: in rows of so many. */
struct cursor {
    int x, y, box, columns;
    struct size row, all; /* what the boxes so far take, with a gap behind each                  */
};

static void advance(struct cursor *cursor, struct size size)
{
    cursor->x += size.width + GAP;
    cursor->row.width += size.width + GAP;
    if (cursor->row.height < size.height + GAP)
        cursor->row.height = size.height + GAP;
    if (cursor->all.width < cursor->row.width)
        cursor->all.width = cursor->row.width;
    if (++cursor->box % cursor->columns)
        return;
    cursor->x -= cursor->row.width;
    cursor->y += cursor->row.height;
    cursor->all.height += cursor->row.height;
    cursor->row = (struct size){0, 0};
}

static struct size size_in_columns(const struct drawing *drawing, hwloc_obj_t box, int columns)
{
    struct cursor cursor = {.columns = columns};
    int ignored;
    for (hwloc_obj_t part = boxes_next(box, NULL); part; part = boxes_next(box, part))
        advance(&cursor, measure(drawing, part, &ignored));
    return (struct size){cursor.all.width - GAP + 2 * PAD,
                         TITLE + cursor.all.height + cursor.row.height - GAP + PAD};
}

/* How far the shape is from three by two, times the cube of the share of empty room in the last
 * row: a row that is not full looks worse than a narrow box. */
static double ugliness(struct size box, int parts, int columns)
{
    double shape = (double)box.width * 2 / (box.height * 3);
    double room = (double)((parts + columns - 1) / columns * columns) / parts;
    return (shape < 1 ? 1 / shape : shape) * room * room * room;
}

/* Tries all numbers of columns, and measures the boxes inside again for each. Boxes have few
 * levels, so that this is quick enough, and no sizes need be kept. */
static struct size measure(const struct drawing *drawing, hwloc_obj_t box, int *columns)
{
    *columns = 1;
    if (boxes_is_core(box))
        return (struct size){drawing->core_width, CORE_HEIGHT};
    int parts = 0;
    for (hwloc_obj_t part = boxes_next(box, NULL); part; part = boxes_next(box, part))
        parts++;
    struct size best = size_in_columns(drawing, box, 1);
    for (int tried = 2; tried <= parts; tried++) {
        struct size size = size_in_columns(drawing, box, tried);
        if (ugliness(size, parts, tried) < ugliness(best, parts, *columns)) {
            best = size;
            *columns = tried;
        }
    }
    char title[TEXT_SIZE];
    boxes_title(box, title);
    int width = (int)strlen(title) * LETTER + 2 * PAD;
    if (best.width < width)
        best.width = width;
    return best;
}

/* ---- drawing --------------------------------------------------------------------------------- */

static void draw_rectangle(const struct drawing *drawing, const char *class, int x, int y,
                           struct size size)
{
    fprintf(drawing->stream, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
            class, x, y, size.width, size.height);
}

static void draw_text(const struct drawing *drawing, const char *class, int x, int y,
                      const char *text)
{
    fprintf(drawing->stream, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
    markup_print(text, drawing->stream);
    fputs("</text>\n", drawing->stream);
}

static void draw_pus(const struct drawing *drawing, hwloc_obj_t core, int x, int y)
{
    const yoke_topology *topology = drawing->topology;
    hwloc_obj_t pu = NULL;
    while ((pu = hwloc_get_next_obj_inside_cpuset_by_type(topology->hwloc, core->cpuset,
                                                          HWLOC_OBJ_PU, pu))) {
        const char *const classes[FATES] = {"pu busypu", "pu", "pu barred"};
        draw_rectangle(drawing, classes[fate_of(topology, pu->cpuset)], x, y,
                       (struct size){drawing->pu_width - 2, 16});
        if (drawing->pu_width == PU_WIDE) {
            char text[TEXT_SIZE];
            snprintf(text, sizeof text, "%u", pu->logical_index);
            draw_text(drawing, "i", x + (drawing->pu_width - 2) / 2, y + 12, text);
        }
        x += drawing->pu_width;
    }
    fputc('\n', drawing->stream);
}

/* The text that a browser shows under the pointer: all that has no room in the box. */
static void print_details(const struct drawing *drawing, hwloc_obj_t core, enum fate fate)
{
    const yoke_topology *topology = drawing->topology;
    char *cpus = NULL;
    hwloc_bitmap_list_asprintf(&cpus, core->cpuset);
    fprintf(drawing->stream, "<title>%s %u, the system's CPUs %s",
            core->type == HWLOC_OBJ_CORE ? "core" : "pu", core->logical_index, cpus ? cpus : "?");
    free(cpus);
    if (fate == FATE_FREE)
        fputs("\nno worker", drawing->stream);
    if (fate == FATE_BARRED)
        fputs("\nthis process may not use it", drawing->stream);
    for (unsigned worker = next_worker(topology, core->cpuset, 0); worker < topology->workers;
         worker = next_worker(topology, core->cpuset, worker + 1))
        fprintf(drawing->stream, "\nworker %u on %s", worker, plan_place_of(topology, worker));
    fputs("</title>", drawing->stream);
}

static void draw_core(const struct drawing *drawing, hwloc_obj_t core, int x, int y)
{
    enum fate fate = fate_of(drawing->topology, core->cpuset);
    char text[TEXT_SIZE];
    fputs("<g>", drawing->stream);
    print_details(drawing, core, fate);
    draw_rectangle(drawing, fate_class[fate], x, y,
                   (struct size){drawing->core_width, CORE_HEIGHT});
    snprintf(text, sizeof text, "%s %u", core->type == HWLOC_OBJ_CORE ? "core" : "pu",
             core->logical_index);
    draw_text(drawing, "s", x + 6, y + 15, text);
    draw_pus(drawing, core, x + 6, y + 22);
    if (fate == FATE_BUSY) {
        workers_text(drawing, core->cpuset, text);
        draw_text(drawing, "w", x + 6, y + 55, text);
    }
    fputs("</g>\n", drawing->stream);
}

static void draw_box(const struct drawing *drawing, hwloc_obj_t box, int x, int y, int depth)
{
    if (boxes_is_core(box)) {
        draw_core(drawing, box, x, y);
        return;
    }
    char text[TEXT_SIZE];
    boxes_title(box, text);
    struct cursor cursor = {.x = x + PAD, .y = y + TITLE};
    draw_rectangle(drawing, depth % 2 ? "odd" : "even", x, y,
                   measure(drawing, box, &cursor.columns));
    draw_text(drawing, "b", x + PAD, y + 16, text);
    for (hwloc_obj_t part = boxes_next(box, NULL); part; part = boxes_next(box, part)) {
        int ignored;
        draw_box(drawing, part, cursor.x, cursor.y, depth + 1);
        advance(&cursor, measure(drawing, part, &ignored));
    }
}

/* ---- around the machine ---------------------------------------------------------------------- */

/* In as many lines as it takes; with `drawing` NULL it only counts them. */
static int draw_lines(const struct drawing *drawing, const char *text, int y, int width)
{
    int lines = 0;
    while (*text) {
        int length = (int)strlen(text), most = width / LETTER;
        if (length > most) {
            for (length = most; length > most / 2 && text[length] != ' ';)
                length--;
        }
        char line[TEXT_SIZE * 2];
        snprintf(line, sizeof line, "%.*s", length, text);
        if (drawing)
            draw_text(drawing, "b", MARGIN, y + lines * LINE, line);
        text += length + (text[length] == ' ');
        lines++;
    }
    return lines;
}

static void draw_legend(const struct drawing *drawing, int y)
{
    const yoke_topology *topology = drawing->topology;
    const char *const meaning[FATES] = {"with a worker",
                                        policy_has_cores(topology) ? "without a worker"
                                                                   : "for the workers of the node",
                                        "that this process may not use"};
    unsigned cores[FATES] = {0};
    hwloc_obj_t core = NULL;
    for (hwloc_obj_t pu = NULL;
         (pu = hwloc_get_next_obj_by_type(topology->hwloc, HWLOC_OBJ_PU, pu));) {
        hwloc_obj_t own = hwloc_get_ancestor_obj_by_type(topology->hwloc, HWLOC_OBJ_CORE, pu);
        own = own ? own : pu;
        if (own != core)
            cores[fate_of(topology, own->cpuset)]++;
        core = own;
    }
    int x = MARGIN;
    for (int fate = 0; fate < FATES; fate++) {
        if (!cores[fate])
            continue;
        char text[TEXT_SIZE];
        snprintf(text, sizeof text, "%u core%s %s", cores[fate], cores[fate] == 1 ? "" : "s",
                 meaning[fate]);
        draw_rectangle(drawing, fate_class[fate], x, y - 11, (struct size){16, 14});
        draw_text(drawing, "b", x + 22, y, text);
        x += 22 + (int)strlen(text) * LETTER + 14;
    }
}

static const char style[] =
    "text{font:12px sans-serif;fill:#222}.t{font-size:17px;font-weight:bold}"
    ".s{font-size:11px;fill:#444}.w{font-size:11px;font-weight:bold;fill:#0b3d6b}"
    ".i{font-size:10px;text-anchor:middle;fill:#444}rect{rx:3px;stroke:#8a929c}"
    ".page{fill:#fff;stroke:none}.even{fill:#f3f5f7}.odd{fill:#e6eaee}"
    ".busy{fill:#a9d0f5;stroke:#1f6fb5}.free{fill:#fff;stroke-dasharray:4 3}"
    ".barred{fill:#cfd4d9;stroke:#b0b6bd}.pu{rx:1px;fill:#fff}.busypu{fill:#1f6fb5;stroke:#1f6fb5}"
    ".busypu+.i{fill:#fff}.pu.barred{fill:#cfd4d9}"
    "@media(prefers-color-scheme:dark){text{fill:#e4e7ea}.s,.i{fill:#b9c0c7}.w{fill:#d5e9fc}"
    "rect{stroke:#66707a}.page{fill:#16191d}.even{fill:#22272d}.odd{fill:#2c333a}"
    ".busy{fill:#1d4a75;stroke:#5aa7ee}.free{fill:#16191d}.barred{fill:#3a4149;stroke:#4a525b}"
    ".pu{fill:#16191d}.busypu{fill:#5aa7ee;stroke:#5aa7ee}.busypu+.i{fill:#0c1620}"
    ".pu.barred{fill:#3a4149}}";

static void draw_page(const struct drawing *drawing)
{
    const yoke_topology *topology = drawing->topology;
    hwloc_obj_t machine = hwloc_get_root_obj(topology->hwloc);
    int ignored;
    struct size box = measure(drawing, machine, &ignored);
    int width = (box.width > PAGE_LEAST ? box.width : PAGE_LEAST) + 2 * MARGIN;
    char title[TEXT_SIZE], reason[TEXT_SIZE * 2];
    snprintf(title, sizeof title, "%u worker%s on %u core%s", topology->workers,
             topology->workers == 1 ? "" : "s", topology->counts.cores,
             topology->counts.cores == 1 ? "" : "s");
    snprintf(reason, sizeof reason, "because %s%s", topology->reason,
             topology->here ? "" : " (a description, not this machine)");
    int lines = draw_lines(NULL, reason, 0, width - 2 * MARGIN);
    int top = MARGIN + 34 + lines * LINE, height = top + box.height + 34;

    fprintf(drawing->stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\">\n<title>Workers on a machine</title>\n<style>%s</style>\n",
            width, height, width, height, style);
    draw_rectangle(drawing, "page", 0, 0, (struct size){width, height});
    draw_text(drawing, "t", MARGIN, MARGIN + 12, title);
    draw_lines(drawing, reason, MARGIN + 34, width - 2 * MARGIN);
    draw_box(drawing, machine, MARGIN, top, 0);
    draw_legend(drawing, top + box.height + 22);
    fputs("</svg>\n", drawing->stream);
}

/* The PUs of the core that has most. */
static int pus_per_core(const yoke_topology *topology)
{
    int most = 1;
    for (hwloc_obj_t core = NULL;
         (core = hwloc_get_next_obj_by_type(topology->hwloc, HWLOC_OBJ_CORE, core));) {
        int pus = hwloc_bitmap_weight(core->cpuset);
        most = pus > most ? pus : most;
    }
    return most;
}

yoke_status yoke_topology_draw(const yoke_topology *topology, FILE *stream)
{
    bool many = topology->counts.cores > MANY_CORES;
    struct drawing drawing = {topology, stream, many ? CORE_NARROW : CORE_WIDE,
                              many ? PU_NARROW : PU_WIDE};
    int pus = pus_per_core(topology) * drawing.pu_width + 10;
    if (drawing.core_width < pus)
        drawing.core_width = pus;
    flockfile(stream); /* so that the page is in one piece when other threads write there */
    draw_page(&drawing);
    bool refused = fflush(stream) || ferror(stream);
    int reason = errno;
    funlockfile(stream);
    if (refused)
        return error_set(YOKE_SYSTEM, "cannot draw the topology: %s", strerror(reason));
    return YOKE_OK;
}
