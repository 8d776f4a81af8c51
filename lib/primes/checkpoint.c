/* The text of a checkpoint, and the file that holds it: written beside, then renamed into its
 * place. */
#include "checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/os.h"

/* ---- the text ----------------------------------------------------------------------------- */

/* How a file begins; the version is that of the text. */
#define TITLE   "yoke checkpoint "
#define VERSION 1

static uint64_t fnv1a(const char *text, size_t size)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    return hash;
}

/* A name, the longest number and the end of the line. */
#define LINE_SIZE (16 + YOKE_UINT256_TEXT_SIZE + 1)

size_t checkpoint_text_size(const struct checkpoint *checkpoint)
{
    return CHECKPOINT_TEXT_SIZE +
           (checkpoint->sums.count + checkpoint->inside.count) * YOKE_UINT128_TEXT_SIZE;
}

static size_t add_wide_line(char *text, size_t length, const char *name, struct uint256 value)
{
    char number[YOKE_UINT256_TEXT_SIZE];
    return length + (size_t)snprintf(text + length, LINE_SIZE, "%s%s\n", name,
                                     yoke_uint256_text(uint256_split(value), number));
}

static size_t add_line(char *text, size_t length, const char *name, uint128 value)
{
    return add_wide_line(text, length, name, uint256_of(value));
}

static size_t add_record(char *text, size_t length, const char *name, const struct record *record)
{
    length = add_line(text, length, name, record->count);
    for (size_t i = 0; i < record->count; i++)
        length = add_line(text, length, "", record->number[i]);
    return length;
}

size_t checkpoint_text(const struct checkpoint *checkpoint, char *text)
{
    size_t length = add_line(text, 0, TITLE, VERSION);
    length = add_line(text, length, "start ", checkpoint->start);
    length = add_line(text, length, "stop ", checkpoint->stop);
    length = add_line(text, length, "algorithm ", checkpoint->algorithm);
    length = add_line(text, length, "double-check ", checkpoint->double_check);
    length = add_line(text, length, "done ", checkpoint->done);
    length = add_line(text, length, "count ", checkpoint->totals.count);
    length = add_wide_line(text, length, "sum ", checkpoint->totals.sum);
    if (checkpoint->sums.count || checkpoint->inside.count) {
        length = add_record(text, length, "sums ", &checkpoint->sums);
        length = add_record(text, length, "inside ", &checkpoint->inside);
    }
    return add_line(text, length, "checksum ", fnv1a(text, length));
}

/* Takes a line from the front of the text. What overflows comes out as another number. */
static struct uint256 take_wide_line(const char **text, const char *name)
{
    size_t length = strlen(name);
    struct uint256 value = {0};
    if (strncmp(*text, name, length) != 0)
        return value;
    for (*text += length; **text >= '0' && **text <= '9'; (*text)++) {
        value = uint256_times(value, 10);
        uint256_add(&value, uint256_of((unsigned)(**text - '0')));
    }
    *text += **text == '\n';
    return value;
}

static uint128 take_line(const char **text, const char *name)
{
    return take_wide_line(text, name).lo;
}

/* No further than there are numbers, whatever the text says. */
static void take_record(const char **text, const char *name, struct record *record)
{
    for (uint128 left = take_line(text, name); left > 0 && !record->failed; left--) {
        if (**text < '0' || **text > '9')
            break;
        record_add(record, take_line(text, ""));
    }
}

static void take_all(const char *text, struct checkpoint *read)
{
    take_line(&text, TITLE);
    read->start = take_line(&text, "start ");
    read->stop = take_line(&text, "stop ");
    read->algorithm = (unsigned)take_line(&text, "algorithm ");
    read->double_check = take_line(&text, "double-check ") != 0;
    read->done = take_line(&text, "done ");
    read->totals.count = take_line(&text, "count ");
    read->totals.sum = take_wide_line(&text, "sum ");
    take_record(&text, "sums ", &read->sums);
    take_record(&text, "inside ", &read->inside);
}

/* Whatever is not exactly what would be written is damage: no other check could forget a case. */
static bool is_sound(const struct checkpoint *read, const char *text, size_t size)
{
    char *again = malloc(checkpoint_text_size(read));
    bool sound = again && checkpoint_text(read, again) == size && memcmp(again, text, size) == 0;
    free(again);
    return sound && read->start <= read->done && read->done <= read->stop;
}

const char *checkpoint_parse(const char *text, size_t size, struct checkpoint *checkpoint)
{
    size_t title = strlen(TITLE);
    if (size < title || memcmp(text, TITLE, title) != 0)
        return "it is no checkpoint of yoke; give another name";
    char *copy = strndup(text, size);
    if (!copy)
        return "there is no memory to read it; free some";
    const char *rest = copy;
    bool known = take_line(&rest, TITLE) == VERSION;
    struct checkpoint read = {0};
    take_all(copy, &read);
    free(copy);
    if (is_sound(&read, text, size)) {
        *checkpoint = read;
        return NULL;
    }
    record_close(&read.sums);
    record_close(&read.inside);
    return known ? "it is damaged; start afresh under another name"
                 : "it is damaged, or of another version of yoke; start afresh under another name";
}

/* ---- writing ------------------------------------------------------------------------------ */

static yoke_status fail(const char *what, const char *path)
{
    return error_set(YOKE_SYSTEM, "cannot %s the checkpoint %.200s: %s", what, path,
                     strerror(errno));
}

static yoke_status fail_in_use(const char *path)
{
    return error_set(YOKE_SYSTEM,
                     "the checkpoint %.200s is in use by another run; end that one, or give "
                     "another name",
                     path);
}

/* Some network file systems know no locks; there the user must see to it. */
static bool lock_elsewhere(int descriptor)
{
    return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

static bool write_all(int descriptor, const char *text, size_t size)
{
    if (ftruncate(descriptor, 0) != 0)
        return false;
    while (size > 0) {
        ssize_t written = write(descriptor, text, size);
        if (written < 0 && errno != EINTR)
            return false;
        text += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return fsync(descriptor) == 0;
}

/* The new name survives a power failure only when its directory is on the disk as well. */
static bool sync_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *directory = !slash ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
    if (!directory)
        return false;
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    if (descriptor < 0)
        return false;
    /* Some file systems do not sync directories, and need not. */
    bool synced = fsync(descriptor) == 0 || errno == EINVAL;
    int problem = errno;
    close(descriptor);
    errno = problem;
    return synced;
}

/* A new file, or what a run that was killed has left. A pipe cannot be read from a place. */
static bool is_ours(int descriptor)
{
    char begin[sizeof TITLE];
    ssize_t length = pread(descriptor, begin, strlen(TITLE), 0);
    return length >= 0 && memcmp(begin, TITLE, (size_t)length) == 0;
}

static yoke_status replace(struct checkpoint_file *file, const char *target, const char *temporary,
                           const char *text, size_t size)
{
    int descriptor = open(temporary, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor < 0)
        return fail("write", file->path);
    yoke_status status = YOKE_OK;
    if (lock_elsewhere(descriptor)) {
        status = fail_in_use(file->path);
    } else if (!is_ours(descriptor)) {
        status = error_set(YOKE_SYSTEM,
                           "the checkpoint %.200s is written by way of %.200s, which is no "
                           "checkpoint of yoke; give another name",
                           file->path, temporary);
    } else if (!write_all(descriptor, text, size) || rename(temporary, target) != 0) {
        status = fail("write", file->path);
        unlink(temporary);
    } else {
        int old = file->descriptor;
        file->descriptor = descriptor;
        descriptor = old;
        if (!sync_directory(target))
            status = fail("write", file->path);
    }
    if (descriptor >= 0)
        close(descriptor);
    return status;
}

yoke_status checkpoint_write(struct checkpoint_file *file, const struct checkpoint *checkpoint)
{
    char *target = file_follow_links(file->path), *temporary = NULL;
    char *text = malloc(checkpoint_text_size(checkpoint));
    yoke_status status;
    if (target && text && asprintf(&temporary, "%s.new", target) > 0)
        status = replace(file, target, temporary, text, checkpoint_text(checkpoint, text));
    else
        status = error_set(YOKE_NO_MEMORY, "no memory to write a checkpoint");
    free(target);
    free(temporary);
    free(text);
    return status;
}

/* ---- opening ------------------------------------------------------------------------------ */

void checkpoint_tell(const struct checkpoint_file *file, const char *what,
                     const struct checkpoint *checkpoint)
{
    char bounds[3][YOKE_UINT128_TEXT_SIZE], share[16];
    double width = (double)(checkpoint->stop - checkpoint->start);
    double done = (double)(checkpoint->done - checkpoint->start);
    bool begun = checkpoint->sums.count || checkpoint->inside.count;
    decimal_text(share, sizeof share, "%.1f", width > 0 ? floor(1000 * done / width) / 10 : 100);
    log_write(YOKE_LOG_INFO, "%s the checkpoint %.200s: [%s, %s) is done, %s %% of [%s, %s)%s",
              what, file->path, yoke_uint128_text(uint128_split(checkpoint->start), bounds[0]),
              yoke_uint128_text(uint128_split(checkpoint->done), bounds[1]), share, bounds[0],
              yoke_uint128_text(uint128_split(checkpoint->stop), bounds[2]),
              begun ? ", and part of a combinatorial sum of the rest" : "");
}

static bool is_same_file(int descriptor, const char *path)
{
    struct stat held, named;
    return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

static yoke_status refuse_other(const struct checkpoint *found, const struct checkpoint *wanted,
                                const char *path)
{
    const char *remedy = "give the same arguments as when it was begun, or another name";
    if (found->start != wanted->start || found->stop != wanted->stop) {
        char bounds[4][YOKE_UINT128_TEXT_SIZE];
        return error_set(YOKE_SYSTEM,
                         "the checkpoint %.200s is of the interval [%s, %s), not of [%s, %s); %s",
                         path, yoke_uint128_text(uint128_split(found->start), bounds[0]),
                         yoke_uint128_text(uint128_split(found->stop), bounds[1]),
                         yoke_uint128_text(uint128_split(wanted->start), bounds[2]),
                         yoke_uint128_text(uint128_split(wanted->stop), bounds[3]), remedy);
    }
    if (found->algorithm != wanted->algorithm)
        return error_set(YOKE_SYSTEM, "the checkpoint %.200s is of another algorithm; %s", path,
                         remedy);
    if (found->double_check != wanted->double_check)
        return error_set(YOKE_SYSTEM, "the checkpoint %.200s is of a run %s double check; %s", path,
                         found->double_check ? "with" : "without", remedy);
    return YOKE_OK;
}

static bool read_all(int descriptor, char *text, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t length = pread(descriptor, text + done, size - done, (off_t)done);
        if (length == 0)
            errno = EIO; /* it was cut meanwhile */
        if (length == 0 || (length < 0 && errno != EINTR))
            return false;
        done += length > 0 ? (size_t)length : 0;
    }
    return true;
}

/* Reads the text into memory that is the caller's. */
static yoke_status read_text(const struct checkpoint_file *file, char **text, size_t *size)
{
    struct stat kind;
    if (fstat(file->descriptor, &kind) != 0)
        return fail("read", file->path);
    if (!S_ISREG(kind.st_mode))
        return error_set(YOKE_SYSTEM,
                         "the checkpoint %.200s is a %s and no regular file; give "
                         "another name",
                         file->path, S_ISDIR(kind.st_mode) ? "directory" : "device or pipe");
    if (lock_elsewhere(file->descriptor) || !is_same_file(file->descriptor, file->path))
        return fail_in_use(file->path);
    *size = (size_t)kind.st_size;
    *text = malloc(*size + 1);
    if (!*text)
        return error_set(YOKE_NO_MEMORY, "no memory to read the checkpoint %.200s", file->path);
    return read_all(file->descriptor, *text, *size) ? YOKE_OK : fail("read", file->path);
}

/* Where nothing is to be resumed, it still says what the file is. */
static yoke_status read_back(const struct checkpoint_file *file, bool resume,
                             struct checkpoint *checkpoint)
{
    char *text = NULL;
    size_t size = 0;
    yoke_status status = read_text(file, &text, &size);
    if (status != YOKE_OK) {
        free(text);
        return status;
    }
    struct checkpoint found;
    const char *problem = checkpoint_parse(text, size, &found);
    free(text);
    if (problem)
        return error_set(YOKE_SYSTEM, "the checkpoint %.200s cannot be used: %s", file->path,
                         problem);
    status = refuse_other(&found, checkpoint, file->path);
    if (status == YOKE_OK && !resume)
        status = error_set(YOKE_SYSTEM,
                           "the checkpoint %.200s exists already; resume from it, or give another "
                           "name to start afresh",
                           file->path);
    if (status == YOKE_OK) {
        *checkpoint = found;
        checkpoint_tell(file, "resuming from", checkpoint);
    } else {
        record_close(&found.sums);
        record_close(&found.inside);
    }
    return status;
}

yoke_status checkpoint_open(struct checkpoint_file *file, const char *path, bool resume,
                            struct checkpoint *checkpoint)
{
    /* A pipe without a writer would block. */
    *file = (struct checkpoint_file){path, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (file->descriptor < 0 && errno != ENOENT)
        return fail("open", path);
    yoke_status status;
    if (file->descriptor < 0) {
        if (resume)
            log_write(YOKE_LOG_WARNING, "there is no checkpoint %.200s yet: starting afresh", path);
        status = checkpoint_write(file, checkpoint);
    } else {
        status = read_back(file, resume, checkpoint);
    }
    if (status != YOKE_OK)
        checkpoint_close(file);
    return status;
}

void checkpoint_close(struct checkpoint_file *file)
{
    if (file->descriptor >= 0)
        close(file->descriptor);
    file->descriptor = -1;
}
