/* The least and the greatest number, and where it first stands: leaves tell of the block in which
 * they found theirs, and only the winner's is gone through again. */
#include <string.h>

#include "base/error.h"
#include "base/floating.h"
#include "call.h"
#include "double_bits.h"

enum { BLOCK_NUMBERS = 2048 };

/* A number's key orders as the numbers do, or, for the greatest, the other way round. A NaN has the
 * least key, which no other floating-point number has. */
struct found {
    int64_t key;
    uint64_t block; /* the first number of the first block that has it */
};

struct search {
    struct call call;
    int64_t fold;     /* see kernels.h */
    int64_t turn;     /* -1 for the greatest, else 0 */
    int64_t infinity; /* the key of the largest number that is one; INT64_MAX for integers */
};

static int64_t key_of(const struct search *search, int64_t bits)
{
    int64_t key = bits ^ (-(bits < 0) & search->fold);
    bool nan = search->fold && (key > search->infinity || key < ~search->infinity);
    return nan ? INT64_MIN : key ^ search->turn;
}

/* The numbers of a block, as they are or as doubles: in some modes tiny floats would become 0. */
static const void *numbers_of(const struct search *search, size_t first, size_t count, void *buffer)
{
    const yoke_array *x = search->call.x;
    if (x->type == YOKE_I64)
        return array_integers(x, first, count, buffer);
    struct floating mode = floating_enter();
    const double *numbers = array_doubles(x, first, count, buffer);
    floating_set(&mode);
    return numbers;
}

static int64_t least_key(const struct search *search, size_t first, size_t count)
{
    double buffer[BLOCK_NUMBERS];
    struct extremes extremes = search->call.kernels->find_extremes(
        numbers_of(search, first, count, buffer), count, search->fold);
    if (search->fold &&
        (extremes.greatest > search->infinity || extremes.least < ~search->infinity))
        return INT64_MIN;
    return search->turn ? ~extremes.greatest : extremes.least;
}

static yoke_status search_leaf(const yoke_piece *piece, void *argument)
{
    struct found found = {INT64_MAX, piece->lo};
    for (uint64_t at = piece->lo; at < piece->hi; at += BLOCK_NUMBERS) {
        size_t count = piece->hi - at < BLOCK_NUMBERS ? piece->hi - at : BLOCK_NUMBERS;
        int64_t key = least_key(argument, at, count);
        if (key < found.key)
            found = (struct found){key, at};
    }
    *(struct found *)piece->accumulator = found;
    return YOKE_OK;
}

static void keep_first(void *into, const void *from, void *argument)
{
    struct found *found = into;
    const struct found *later = from;
    (void)argument;
    if (later->key < found->key)
        *found = *later;
}

static size_t place_of(const struct search *search, const struct found *found)
{
    char buffer[BLOCK_NUMBERS * sizeof(double)] __attribute__((aligned(8)));
    size_t left = search->call.x->count - found->block;
    size_t count = left < BLOCK_NUMBERS ? left : BLOCK_NUMBERS;
    const char *numbers = numbers_of(search, found->block, count, buffer);
    size_t i = 0;
    for (; i + 1 < count; i++) {
        int64_t bits;
        memcpy(&bits, numbers + i * sizeof bits, sizeof bits);
        if (key_of(search, bits) == found->key)
            break;
    }
    return found->block + i;
}

static yoke_number number_of(const struct search *search, int64_t key)
{
    int64_t straight = key ^ search->turn;
    if (!search->fold)
        return (yoke_number){.i64 = straight};
    if (key == INT64_MIN)
        return (yoke_number){.f64 = double_of_bits(DOUBLE_NAN)};
    return (yoke_number){
        .f64 = double_of_bits((uint64_t)(straight ^ (-(straight < 0) & search->fold)))};
}

static yoke_status find(yoke_server *server, const yoke_array *x, bool greatest,
                        yoke_number *number, size_t *index)
{
    bool integers = x->type == YOKE_I64;
    struct search search = {.fold = integers ? 0 : INT64_MAX,
                            .turn = greatest ? -1 : 0,
                            .infinity = integers ? INT64_MAX : (int64_t)DOUBLE_INFINITY};
    struct found found;
    yoke_status status = call_begin(&search.call, server, x, NULL, number);
    if (status == YOKE_OK && !x->count)
        status = error_set(YOKE_INVALID, "an array without numbers has no least and no greatest");
    if (status == YOKE_OK)
        status = call_reduce(&search.call, search_leaf, keep_first, sizeof found, &found);
    if (status != YOKE_OK)
        return status;
    *number = number_of(&search, found.key);
    if (index)
        *index = place_of(&search, &found);
    return YOKE_OK;
}

yoke_status yoke_min(yoke_server *server, yoke_array x, yoke_number *min, size_t *index)
{
    return find(server, &x, false, min, index);
}

yoke_status yoke_max(yoke_server *server, yoke_array x, yoke_number *max, size_t *index)
{
    return find(server, &x, true, max, index);
}
