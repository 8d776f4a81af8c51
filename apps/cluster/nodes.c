/* yoke nodes: who is there. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "command.h"

struct row {
    yoke_node_info info;
    char *texts[4]; /* name, host, version, kernels */
};

struct rows {
    struct row *first;
    size_t count;
};

static void add(const yoke_node_info *info, void *context)
{
    struct rows *rows = context;
    struct row *more = realloc(rows->first, (rows->count + 1) * sizeof *more);
    if (!more)
        return;
    rows->first = more;
    struct row *row = &more[rows->count++];
    const char *texts[4] = {info->name, info->host, info->version, info->kernels};
    row->info = *info;
    for (int i = 0; i < 4; i++)
        row->texts[i] = strdup(texts[i]);
}

static void release(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        for (int k = 0; k < 4; k++)
            free(rows->first[i].texts[k]);
    }
    free(rows->first);
}

static int compare(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    return strcmp(a->texts[0], b->texts[0]);
}

static void print_table(const struct rows *rows)
{
    printf("%-20s %-20s %7s %5s %7s %6s %10s %6s %-8s %s\n", "NODE", "HOST", "WORKERS", "CORES",
           "LOAD", "ACTIVE", "REPORTED", "LOST", "VERSION", "KERNELS");
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->first[i];
        const yoke_node_info *info = &row->info;
        printf("%-20s %-20s %7u %5u %7.2f %6" PRIu64 " %10" PRIu64 " %6" PRIu64 " %-8s %s\n",
               row->texts[0], row->texts[1], info->workers, info->cores, info->load, info->active,
               info->reported, info->lost, row->texts[2], row->texts[3]);
    }
}

static void print_text(const char *name, const char *text, const char *end)
{
    printf("\"%s\": \"", name);
    for (; *text; text++)
        printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    printf("\"%s", end);
}

static void print_json(const struct rows *rows)
{
    printf("[");
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->first[i];
        const yoke_node_info *info = &row->info;
        printf("%s{", i ? ",\n " : "");
        print_text("name", row->texts[0], ", ");
        print_text("host", row->texts[1], ", ");
        printf("\"workers\": %u, \"cores\": %u, \"load\": %.2f, \"active\": %" PRIu64
               ", \"taken\": %" PRIu64 ", \"reported\": %" PRIu64 ", \"malformed\": %" PRIu64
               ", \"lost\": %" PRIu64 ", ",
               info->workers, info->cores, info->load, info->active, info->taken, info->reported,
               info->malformed, info->lost);
        print_text("version", row->texts[2], ", ");
        print_text("kernels", row->texts[3], "}");
    }
    printf("]\n");
}

int cluster_nodes(const struct arguments *arguments)
{
    yoke_cluster_options how = YOKE_CLUSTER_OPTIONS_INIT;
    connect_options(arguments, &how);
    yoke_cluster *cluster;
    struct rows rows = {NULL, 0};
    yoke_status status = yoke_cluster_open(&how, &cluster);
    if (status != YOKE_OK)
        return report_status(status);
    status = yoke_cluster_nodes(cluster, 0, add, &rows);
    yoke_cluster_release(cluster);
    if (status != YOKE_OK)
        return report_status(status);
    qsort(rows.first, rows.count, sizeof *rows.first, compare);
    if (arguments->value[OPTION_JSON])
        print_json(&rows);
    else
        print_table(&rows);
    release(&rows);
    return EXIT_SUCCESS;
}
