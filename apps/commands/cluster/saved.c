/* Writes and reads the checkpoint; the file is locked for the run and replaced in one step: see
 * saved.h. */
#include "saved.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output_file.h"
#include "cli/report.h"

#define TITLE "yoke cluster checkpoint 1\n"

static uint64_t fnv1a(const char *text, size_t size)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    return hash;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void write_done(FILE *text, const struct pieces *pieces)
{
    char number[YOKE_UINT128_TEXT_SIZE];
    for (size_t i = 0; i < pieces->count; i++) {
        const struct piece *piece = &pieces->first[i];
        if (!piece->done)
            continue;
        uint64_t lo = piece->lo;
        yoke_uint128 total = piece->total;
        for (; i + 1 < pieces->count && piece[1].done; piece++, i++)
            total = pieces_sum(total, piece[1].total);
        fprintf(text, "done %" PRIu64 " %" PRIu64 " %s\n", lo, piece->hi,
                yoke_uint128_text(total, number));
    }
}

/* The whole file, which the caller frees; NULL without memory. */
static char *write_text(const struct saved *saved, const struct pieces *pieces, size_t *size)
{
    char *text = NULL;
    FILE *stream = open_memstream(&text, size);
    if (!stream)
        return NULL;
    fprintf(stream, TITLE "%s %" PRIu64 " %" PRIu64 "\n", saved->count ? "count" : "sum", saved->lo,
            saved->hi);
    write_done(stream, pieces);
    bool good = fflush(stream) == 0;
    if (good)
        fprintf(stream, "checksum %" PRIu64 "\n", fnv1a(text, *size));
    if (fclose(stream) == 0 && good)
        return text;
    free(text);
    return NULL;
}

static bool write_all(int file, const char *text, size_t size)
{
    if (ftruncate(file, 0) != 0)
        return false;
    while (size > 0) {
        ssize_t written = write(file, text, size);
        if (written < 0 && errno != EINTR)
            return false;
        text += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return fsync(file) == 0;
}

/* Some network file systems know no locks; there the user must see to it. */
static bool is_locked_elsewhere(int file)
{
    return flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

/* A new file, or what a run that was killed has left. */
static bool is_ours(int file)
{
    char begin[sizeof TITLE];
    ssize_t length = pread(file, begin, strlen(TITLE), 0);
    return length >= 0 && memcmp(begin, TITLE, (size_t)length) == 0;
}

/* The new file takes the place of the old one, and its lock. */
static bool replace(struct saved *saved, const char *target, const char *temporary,
                    const char *text, size_t size)
{
    int file = open(temporary, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file < 0)
        return false;
    errno = EEXIST; /* when it is somebody else's */
    bool placed = !is_locked_elsewhere(file) && is_ours(file) && write_all(file, text, size) &&
                  rename(temporary, target) == 0;
    int old = placed ? saved->descriptor : file;
    if (placed)
        saved->descriptor = file;
    int problem = errno;
    if (old >= 0)
        close(old);
    errno = problem;
    return placed;
}

bool saved_write(struct saved *saved, const struct pieces *pieces)
{
    size_t size;
    char *text = write_text(saved, pieces, &size), *temporary = NULL;
    char *target = output_file_target(saved->path);
    bool written = text && target && asprintf(&temporary, "%s.new", target) > 0 &&
                   replace(saved, target, temporary, text, size);
    int problem = errno;
    free(target);
    free(temporary);
    free(text);
    errno = problem;
    return written;
}

/* ---- reading --------------------------------------------------------------------------------- */

__extension__ typedef unsigned __int128 uint128;

static bool read_total(const char *text, yoke_uint128 *total)
{
    uint128 value = 0;
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; i < digits; i++)
        value = 10 * value + (unsigned)(text[i] - '0');
    *total = (yoke_uint128){(uint64_t)value, (uint64_t)(value >> 64)};
    return digits > 0;
}

static bool read_done(struct saved *saved, const char *text, yoke_algorithm algorithm,
                      struct pieces *pieces)
{
    uint64_t at = saved->lo;
    int length;
    struct piece piece = {.done = true};
    char total[YOKE_UINT128_TEXT_SIZE];
    for (; sscanf(text, "done %" SCNu64 " %" SCNu64 " %39[0-9]\n%n", &piece.lo, &piece.hi, total,
                  &length) == 3;
         text += length) {
        if (piece.lo < at || piece.hi <= piece.lo || piece.hi > saved->hi ||
            !read_total(total, &piece.total) || !pieces_split(pieces, at, piece.lo, algorithm) ||
            !pieces_add(pieces, &piece))
            return false;
        at = piece.hi;
    }
    return strncmp(text, "checksum ", 9) == 0 && pieces_split(pieces, at, saved->hi, algorithm);
}

/* NULL, or what is wrong with the text. */
static const char *read_text(struct saved *saved, const char *text, yoke_algorithm algorithm,
                             struct pieces *pieces)
{
    char first[80];
    const char *checksum = strstr(text, "checksum ");
    if (strncmp(text, TITLE, strlen(TITLE)) != 0)
        return "it is no checkpoint of a cluster; give another name";
    if (!checksum || strtoull(checksum + 9, NULL, 10) != fnv1a(text, (size_t)(checksum - text)))
        return "it is damaged; start afresh under another name";
    snprintf(first, sizeof first, "%s %" PRIu64 " %" PRIu64 "\n", saved->count ? "count" : "sum",
             saved->lo, saved->hi);
    text += strlen(TITLE);
    if (strncmp(text, first, strlen(first)) != 0)
        return "it is of another command or interval; give the same as when it was begun";
    return read_done(saved, text + strlen(first), algorithm, pieces)
               ? NULL
               : "it is damaged; start afresh under another name";
}

/* Where nothing is to be resumed, it still says what the file is. */
static int resume_from(struct saved *saved, bool resume, yoke_algorithm algorithm,
                       struct pieces *pieces)
{
    struct stat kind;
    if (fstat(saved->descriptor, &kind) != 0 || !S_ISREG(kind.st_mode))
        return report_failure("the checkpoint %.200s is no regular file; give another name",
                              saved->path);
    size_t size = (size_t)kind.st_size;
    char *text = calloc(1, size + 1);
    if (!text || pread(saved->descriptor, text, size, 0) != (ssize_t)size) {
        free(text);
        return report_failure("cannot read the checkpoint %.200s: %s", saved->path,
                              strerror(errno));
    }
    const char *problem = read_text(saved, text, algorithm, pieces);
    free(text);
    if (problem)
        return report_failure("the checkpoint %.200s cannot be used: %s", saved->path, problem);
    return resume ? EXIT_SUCCESS
                  : report_failure("the checkpoint %.200s is there already: add --resume to go on "
                                   "from it, or give another name",
                                   saved->path);
}

/* ---- the file -------------------------------------------------------------------------------- */

int saved_open(struct saved *saved, bool resume, yoke_algorithm algorithm, struct pieces *pieces)
{
    saved->descriptor = -1;
    if (saved->path)
        saved->descriptor = open(saved->path, O_RDWR | O_CLOEXEC);
    if (saved->descriptor >= 0 && is_locked_elsewhere(saved->descriptor))
        return report_failure("the checkpoint %.200s is in use by another run", saved->path);
    if (saved->descriptor >= 0)
        return resume_from(saved, resume, algorithm, pieces);
    if (saved->path && errno != ENOENT)
        return report_failure("cannot read the checkpoint %.200s: %s", saved->path,
                              strerror(errno));
    if (!pieces_split(pieces, saved->lo, saved->hi, algorithm))
        return report_failure("no memory for the pieces of the interval");
    if (saved->path && !saved_write(saved, pieces)) /* which also shows that it can be */
        return report_failure("cannot write the checkpoint %.200s: %s", saved->path,
                              strerror(errno));
    return EXIT_SUCCESS;
}

void saved_close(struct saved *saved)
{
    if (saved->descriptor >= 0)
        close(saved->descriptor);
}
