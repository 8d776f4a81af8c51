/* yoke nodes: who is there. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
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
    printf("%-20s %-20s %7s %5s %7s %6s %10s %6s %8s %-8s %s\n", "NODE", "HOST", "WORKERS", "CORES",
           "LOAD", "ACTIVE", "REPORTED", "LOST", "LATENCY", "VERSION", "KERNELS");
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->first[i];
        const yoke_node_info *info = &row->info;
        printf(
            "%-20s %-20s %7u %5u %7.2f %6" PRIu64 " %10" PRIu64 " %6" PRIu64 " %5.1f ms %-8s %s\n",
            row->texts[0], row->texts[1], info->workers, info->cores, info->load, info->active,
            info->reported, info->lost, (double)info->latency / 1e6, row->texts[2], row->texts[3]);
    }
}

static void print_json(const struct rows *rows)
{
    struct json json = {false};
    json_begin(&json, NULL, '[');
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->first[i];
        const yoke_node_info *info = &row->info;
        json_begin(&json, NULL, '{');
        json_text(&json, "name", row->texts[0]);
        json_text(&json, "host", row->texts[1]);
        json_value(&json, "workers", "%u", info->workers);
        json_value(&json, "cores", "%u", info->cores);
        json_value(&json, "load", "%.2f", info->load);
        json_value(&json, "active", "%" PRIu64, info->active);
        json_value(&json, "taken", "%" PRIu64, info->taken);
        json_value(&json, "reported", "%" PRIu64, info->reported);
        json_value(&json, "malformed", "%" PRIu64, info->malformed);
        json_value(&json, "lost", "%" PRIu64, info->lost);
        json_value(&json, "latency_seconds", "%.9f", (double)info->latency / 1e9);
        json_text(&json, "version", row->texts[2]);
        json_text(&json, "kernels", row->texts[3]);
        json_end(&json, '}');
    }
    json_end(&json, ']');
    putchar('\n');
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
    if (rows.count) /* else there is nothing to point to, which qsort() must not be given */
        qsort(rows.first, rows.count, sizeof *rows.first, compare);
    if (arguments->value[OPTION_JSON])
        print_json(&rows);
    else
        print_table(&rows);
    release(&rows);
    return EXIT_SUCCESS;
}
