/* Reads and writes structs of other versions of the library: see extensible.h. */
#include "extensible.h"

#include <stdbool.h>
#include <string.h>

#include "yoke/version.h"

/* No struct will ever be as large: a size that was not set is not to have memory read for long. */
enum { SIZE_MOST = 4096 };

static size_t size_of(const void *given)
{
    return *(const size_t *)given;
}

static bool is_valid(const struct extensible *type, const void *given)
{
    size_t size = size_of(given);
    if (size < type->least || size > SIZE_MOST) {
        yoke_error_set(YOKE_INVALID, "there is no %s of %zu bytes; start from %s", type->name, size,
                       type->start);
        return false;
    }
    const unsigned char *bytes = given;
    for (size_t i = type->size; i < size; i++)
        if (bytes[i]) {
            yoke_error_set(YOKE_INVALID,
                           "%s has fields set that yoke %s does not know: the program was built "
                           "for a newer one; install that",
                           type->name, yoke_version());
            return false;
        }
    return true;
}

const void *extensible_copy(const struct extensible *type, const void *given, void *copy)
{
    if (!is_valid(type, given))
        return NULL;
    size_t size = size_of(given);
    memset(copy, 0, type->size);
    memcpy(copy, given, size < type->size ? size : type->size);
    memcpy(copy, &type->size, sizeof type->size);
    return copy;
}

yoke_status extensible_write(const struct extensible *type, void *given, const void *full)
{
    if (!given)
        return yoke_error_set(YOKE_INVALID, "%s is NULL; pass where it is to go", type->name);
    if (!is_valid(type, given))
        return YOKE_INVALID;
    size_t size = size_of(given);
    memcpy((char *)given + sizeof size, (const char *)full + sizeof size,
           (size < type->size ? size : type->size) - sizeof size);
    return YOKE_OK;
}
