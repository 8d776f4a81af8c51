/* Public structs that may get further fields, at their end, without breaking programs that were
 * built before: they begin with their size as the program knows it. See yoke.h for the promise.
 *
 * A field must not go where a struct had padding, which programs leave as it was: they have set the
 * same size before and after. */
#ifndef BASE_EXTENSIBLE_H
#define BASE_EXTENSIBLE_H

#include <stddef.h>

#include "yoke/status.h"

/* Such a struct, the last field that version 0.1.0 had, and what one starts from. */
#define EXTENSIBLE(type, last, start)                                                              \
    (&(const struct extensible){#type, start, sizeof(type),                                        \
                                offsetof(type, last) + sizeof(((type *)0)->last)})

struct extensible {
    const char *name, *start;
    size_t size, least;
};

/* Below; for a size other than this library's. */
const void *extensible_copy(const struct extensible *type, const void *given, void *copy);

/* What the program has given as this library knows it: itself, or `copy`, where fields that the
 * program does not know are zero. NULL, with YOKE_INVALID as the latest error, for a size that no
 * version had, or when fields are set that this library does not know. */
static inline const void *extensible_read(const struct extensible *type, const void *given,
                                          void *copy)
{
    return *(const size_t *)given == type->size ? given : extensible_copy(type, given, copy);
}

/* The other way round: fills the program's struct, all but its size, from `full` as far as it goes.
 * What this library does not know must be, and stays, zero. YOKE_INVALID likewise, and for NULL. */
yoke_status extensible_write(const struct extensible *type, void *given, const void *full);

#endif
