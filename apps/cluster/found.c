#include "found.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "cli/values.h"

void found_key(char key[YOKE_CLUSTER_KEY_MAX + 1], const struct whole *whole,
               const struct piece *piece)
{
    snprintf(key, YOKE_CLUSTER_KEY_MAX + 1, "%s.%s.%" PRIu64 ".%" PRIu64,
             whole->count ? "count" : "sum", value_algorithm_name(whole->algorithm), piece->lo,
             piece->hi);
}

struct search {
    const struct whole *whole;
    const struct pieces *known;
    struct pieces fitting;
    bool out_of_memory;
};

/* False: it is of another run. */
static bool read_key(const char *key, const struct whole *whole, struct piece *piece)
{
    char again[YOKE_CLUSTER_KEY_MAX + 1];
    const char *numbers = strchr(key, '.');
    numbers = numbers ? strchr(numbers + 1, '.') : NULL;
    if (!numbers || sscanf(numbers, ".%" SCNu64 ".%" SCNu64, &piece->lo, &piece->hi) != 2)
        return false;
    found_key(again, whole, piece);
    return strcmp(key, again) == 0 && piece->lo >= whole->lo && piece->lo < piece->hi &&
           piece->hi <= whole->hi;
}

static bool is_done(const struct pieces *pieces, const struct piece *piece)
{
    for (size_t i = 0; i < pieces->count; i++) {
        const struct piece *other = &pieces->first[i];
        if (other->done && other->lo <= piece->lo && piece->hi <= other->hi)
            return true;
    }
    return false;
}

static void look_at(const char *key, yoke_job *job, void *context)
{
    struct search *search = context;
    struct piece piece = {0};
    if (!read_key(key, search->whole, &piece)) {
        /* it waits for another run */
    } else if (is_done(search->known, &piece)) {
        yoke_job_state(job); /* an end that was seen need not be kept */
    } else if (!pieces_add(&search->fitting, &piece)) {
        search->out_of_memory = true;
    }
    yoke_job_release(job);
}

static int compare(const void *left, const void *right)
{
    const struct piece *a = left, *b = right;
    return a->lo < b->lo ? -1 : a->lo > b->lo;
}

/* Takes the fitting pieces, which are in order, with gaps filled by smaller ones. */
static bool fill_in(const struct whole *whole, const struct pieces *fitting, struct pieces *pieces)
{
    uint64_t at = whole->lo;
    for (size_t i = 0; i < fitting->count; i++) {
        struct piece piece = fitting->first[i];
        if (piece.lo < at) /* two runs have split it in different ways */
            continue;
        if (!piece.done)
            piece.seconds = pieces_cost(piece.lo, piece.hi, whole->algorithm);
        if (!pieces_split(pieces, at, piece.lo, whole->algorithm) || !pieces_add(pieces, &piece))
            return false;
        at = piece.hi;
    }
    return pieces_split(pieces, at, whole->hi, whole->algorithm);
}

int found_fit_in(yoke_server *server, const struct whole *whole, struct pieces *pieces)
{
    struct search search = {.whole = whole, .known = pieces};
    yoke_status status = yoke_server_collect(server, look_at, &search);
    if (status != YOKE_OK)
        return report_status(status);
    bool good = !search.out_of_memory;
    for (size_t i = 0; good && i < pieces->count; i++)
        good = !pieces->first[i].done || pieces_add(&search.fitting, &pieces->first[i]);
    struct pieces fitted = {0};
    if (good && search.fitting.count)
        qsort(search.fitting.first, search.fitting.count, sizeof *search.fitting.first, compare);
    good = good && fill_in(whole, &search.fitting, &fitted);
    pieces_release(&search.fitting);
    if (!good) {
        pieces_release(&fitted);
        return report_failure("no memory for the pieces of the interval");
    }
    pieces_release(pieces);
    *pieces = fitted;
    return EXIT_SUCCESS;
}
