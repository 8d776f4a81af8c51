/* The public accumulator: a superaccumulator, what adds arrays to it, and its form as bytes. */
#include <string.h>

#include "base/error.h"
#include "base/floating.h"
#include "base/little_endian.h"
#include "call.h"
#include "exact_sum.h"

/* Both are words of 64 bits, which may be looked at with and without sign. */
_Static_assert(sizeof(struct superaccumulator) == sizeof(yoke_exact), "one lies in the other");

static struct superaccumulator *inside(yoke_exact *sum)
{
    return (struct superaccumulator *)sum;
}

void yoke_exact_add(yoke_exact *sum, double x)
{
    superaccumulator_add(inside(sum), x);
}

void yoke_exact_merge(yoke_exact *sum, const yoke_exact *other)
{
    superaccumulator_merge(inside(sum), (const struct superaccumulator *)other);
}

double yoke_exact_round(const yoke_exact *sum)
{
    return superaccumulator_round((const struct superaccumulator *)sum);
}

/* ---- arrays -------------------------------------------------------------------------------- */

static void add_integer(struct superaccumulator *sum, int128 value)
{
    superaccumulator_add_scaled(sum, value < 0 ? -(uint128)value : (uint128)value, value < 0, 0);
}

static void add_integers(struct superaccumulator *sum, const yoke_array *x, const yoke_array *y)
{
    for (size_t i = 0; i < x->count; i++) {
        int64_t a, b;
        const int64_t *one = array_integers(x, i, 1, &a);
        add_integer(sum, y ? (int128)*one * *array_integers(y, i, 1, &b) : *one);
    }
    if (x->count)
        sum->added |= ADDED_ANYTHING | ADDED_OTHER;
}

static yoke_status add_arrays(yoke_exact *sum, const yoke_array *x, const yoke_array *y)
{
    struct call call;
    yoke_status status = call_begin(&call, NULL, x, y, sum);
    if (status != YOKE_OK)
        return status;
    if (x->type == YOKE_I64) {
        add_integers(inside(sum), x, y);
        return YOKE_OK;
    }
    struct exact_sum adding;
    struct floating mode = floating_enter();
    exact_sum_begin(&adding, call.kernels, inside(sum));
    exact_sum_add(&adding, x, y, 0, x->count);
    exact_sum_end(&adding);
    floating_set(&mode);
    return YOKE_OK;
}

yoke_status yoke_exact_add_array(yoke_exact *sum, yoke_array x)
{
    return add_arrays(sum, &x, NULL);
}

yoke_status yoke_exact_add_products(yoke_exact *sum, yoke_array x, yoke_array y)
{
    return add_arrays(sum, &x, &y);
}

/* ---- bytes --------------------------------------------------------------------------------- */

/* Four letters with the version of the form, what was added, seven zeros, and the chunks. */
enum { BYTES_ADDED = 4, BYTES_CHUNKS = 16 };

static const unsigned char bytes_begin[BYTES_ADDED] = {'y', 'X', 'A', '1'};

_Static_assert(YOKE_EXACT_BYTES == BYTES_CHUNKS + 4 * SUPERACCUMULATOR_CHUNKS, "all chunks fit");

void yoke_exact_write(const yoke_exact *sum, unsigned char bytes[YOKE_EXACT_BYTES])
{
    struct superaccumulator settled = *(const struct superaccumulator *)sum;
    superaccumulator_settle(&settled);
    memset(bytes, 0, BYTES_CHUNKS);
    memcpy(bytes, bytes_begin, sizeof bytes_begin);
    bytes[BYTES_ADDED] = (unsigned char)settled.added;
    for (int i = 0; i < SUPERACCUMULATOR_CHUNKS; i++) {
        uint32_t chunk = little_endian_32((uint32_t)settled.chunk[i]);
        memcpy(bytes + BYTES_CHUNKS + 4 * i, &chunk, sizeof chunk);
    }
}

static bool is_written(const unsigned char bytes[YOKE_EXACT_BYTES])
{
    unsigned added = bytes[BYTES_ADDED];
    bool special = added & (ADDED_NAN | ADDED_PLUS_INFINITY | ADDED_MINUS_INFINITY);
    bool known = added < 2 * ADDED_OTHER && (added == 0 || added & ADDED_ANYTHING) &&
                 (!special || added & ADDED_OTHER);
    if (memcmp(bytes, bytes_begin, sizeof bytes_begin) != 0 || !known)
        return false;
    for (int i = BYTES_ADDED + 1; i < BYTES_CHUNKS; i++)
        if (bytes[i])
            return false;
    return true;
}

yoke_status yoke_exact_read(yoke_exact *sum, const unsigned char bytes[YOKE_EXACT_BYTES])
{
    struct superaccumulator read = {0};
    bool nothing = true;
    if (!is_written(bytes))
        return error_set(YOKE_INVALID, "these bytes are no exact sum, or one of a later yoke: pass "
                                       "what yoke_exact_write() has written");
    for (int i = 0; i < SUPERACCUMULATOR_CHUNKS; i++) {
        uint32_t chunk;
        memcpy(&chunk, bytes + BYTES_CHUNKS + 4 * i, sizeof chunk);
        read.chunk[i] = little_endian_32(chunk);
        nothing = nothing && !chunk;
    }
    read.added = bytes[BYTES_ADDED];
    if (!nothing && !(read.added & ADDED_OTHER))
        return error_set(YOKE_INVALID, "these bytes contradict themselves: a sum of nothing, or of "
                                       "minus zeros, has digits");
    read.end = nothing ? 0 : SUPERACCUMULATOR_CHUNKS;
    read.below_top = read.end;
    int64_t *top = &read.chunk[SUPERACCUMULATOR_CHUNKS - 1];
    *top = (int32_t)*top; /* the sign */
    memcpy(sum, &read, sizeof read);
    return YOKE_OK;
}
