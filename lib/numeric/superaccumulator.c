/* Adds to chunks, passes carries on, and rounds: see superaccumulator.h. */
#include "superaccumulator.h"

#include <string.h>

#include "base/square_root.h"
#include "double_bits.h"

#define CHUNK_MASK UINT64_C(0xffffffff)

/* An addition changes a chunk by less than 2^53, and a chunk whose carries have been passed on is
 * below 2^33: so many more fit 63 bits. */
#define PENDING_MOST 1000

static void use_chunks(struct superaccumulator *sum, uint64_t first, uint64_t end)
{
    if (sum->end < end)
        sum->end = end;
    if (sum->below_top < SUPERACCUMULATOR_CHUNKS - first)
        sum->below_top = SUPERACCUMULATOR_CHUNKS - first;
}

/* The uppermost chunk in use keeps the sign. */
static void pass_carries(struct superaccumulator *sum)
{
    int64_t carry = 0;
    sum->pending = 0;
    if (!sum->end)
        return;
    for (uint64_t i = SUPERACCUMULATOR_CHUNKS - sum->below_top; i + 1 < sum->end; i++) {
        carry += sum->chunk[i];
        sum->chunk[i] = carry & (int64_t)CHUNK_MASK;
        carry >>= 32;
    }
    int64_t top = sum->chunk[sum->end - 1] + carry;
    while (top >> 32 != 0 && top >> 32 != -1 && sum->end < SUPERACCUMULATOR_CHUNKS) {
        sum->chunk[sum->end - 1] = top & (int64_t)CHUNK_MASK;
        top >>= 32;
        sum->end++;
    }
    sum->chunk[sum->end - 1] = top;
}

static inline void count_additions(struct superaccumulator *sum, uint64_t count)
{
    if (sum->pending + count > PENDING_MOST)
        pass_carries(sum);
    sum->pending += count;
}

/* ---- adding ------------------------------------------------------------------------------- */

void superaccumulator_add_scaled(struct superaccumulator *sum, uint128 magnitude, bool negative,
                                 int exponent)
{
    unsigned position = (unsigned)(exponent - LOWEST_EXPONENT), shift = position % 32;
    uint64_t first = position / 32;
    int64_t sign = negative ? -1 : 1;
    uint128 rest = magnitude >> (32 - shift);
    if (!magnitude)
        return;
    count_additions(sum, 1);
    sum->chunk[first] += sign * (int64_t)((uint64_t)magnitude << shift & CHUNK_MASK);
    uint64_t end = first + 1;
    for (; rest; rest >>= 32)
        sum->chunk[end++] += sign * (int64_t)((uint64_t)rest & CHUNK_MASK);
    use_chunks(sum, first, end);
}

/* What is no finite number; a product's sign is `negative`. */
static void add_special(struct superaccumulator *sum, bool nan, bool negative)
{
    sum->added |= ADDED_ANYTHING | ADDED_OTHER |
                  (nan        ? ADDED_NAN
                   : negative ? ADDED_MINUS_INFINITY
                              : ADDED_PLUS_INFINITY);
}

void superaccumulator_note_zeros(struct superaccumulator *sum, const double *x, size_t count)
{
    if (count)
        sum->added |= ADDED_ANYTHING;
    for (size_t i = 0; i < count && superaccumulator_wants_notes(sum); i++)
        if (double_bits(x[i]) != DOUBLE_SIGN)
            sum->added |= ADDED_OTHER;
}

void superaccumulator_note_products(struct superaccumulator *sum, const double *x, const double *y,
                                    size_t count)
{
    if (count)
        sum->added |= ADDED_ANYTHING;
    for (size_t i = 0; i < count && superaccumulator_wants_notes(sum); i++) {
        uint64_t a = double_bits(x[i]), b = double_bits(y[i]);
        bool zero = !(a & DOUBLE_MAGNITUDE) || !(b & DOUBLE_MAGNITUDE);
        if (!zero || !((a ^ b) & DOUBLE_SIGN) || double_is_special(a) || double_is_special(b))
            sum->added |= ADDED_OTHER;
    }
}

/* Where a finite number's lower chunk is, and the bits of its mantissa below it in there. */
static inline unsigned position_of(uint64_t bits)
{
    return (unsigned)(double_exponent(bits) - LOWEST_EXPONENT);
}

/* Adds a finite number to two chunks, without looking at its sign: predicting that fails every
 * second time. */
static inline void add_to_chunks(int64_t *chunk, uint64_t bits)
{
    unsigned position = position_of(bits);
    uint64_t mantissa = double_mantissa(bits), sign = -(bits >> 63);
    uint64_t low = mantissa << position % 32 & CHUNK_MASK;
    uint64_t high = mantissa >> (32 - position % 32);
    chunk[position / 32] += (int64_t)((low ^ sign) - sign);
    chunk[position / 32 + 1] += (int64_t)((high ^ sign) - sign);
}

static void add_one(struct superaccumulator *sum, uint64_t bits)
{
    uint64_t first = position_of(bits) / 32;
    if (double_is_special(bits)) {
        add_special(sum, bits & DOUBLE_FRACTION, bits & DOUBLE_SIGN);
        return;
    }
    count_additions(sum, 1);
    add_to_chunks(sum->chunk, bits);
    use_chunks(sum, first, first + 2);
}

/* The chunks of the least and of the greatest double. */
enum { FIRST_CHUNK = (-1074 - LOWEST_EXPONENT) / 32, END_CHUNK = (971 - LOWEST_EXPONENT) / 32 + 2 };

/* At most PENDING_MOST. Every second one goes to chunks of its own, as neighbours mostly have the
 * same ones, and adding would wait for the addition before. */
static void add_some(struct superaccumulator *sum, const double *numbers, size_t count)
{
    int64_t second[END_CHUNK] = {0};
    count_additions(sum, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = double_bits(numbers[i]);
        if (double_is_special(bits))
            add_special(sum, bits & DOUBLE_FRACTION, bits & DOUBLE_SIGN);
        else
            add_to_chunks(i & 1 ? second : sum->chunk, bits);
    }
    for (int i = FIRST_CHUNK; i < END_CHUNK; i++)
        sum->chunk[i] += second[i];
    use_chunks(sum, FIRST_CHUNK, END_CHUNK);
}

/* From so many on it pays to use chunks of their own. */
enum { MANY = 128 };

void superaccumulator_add_numbers(struct superaccumulator *sum, const double *numbers, size_t count)
{
    superaccumulator_note_zeros(sum, numbers, count);
    for (; count && count < MANY; count--)
        add_one(sum, double_bits(*numbers++));
    while (count) {
        size_t some = count < PENDING_MOST ? count : PENDING_MOST;
        add_some(sum, numbers, some);
        numbers += some;
        count -= some;
    }
}

void superaccumulator_add(struct superaccumulator *sum, double number)
{
    superaccumulator_note_zeros(sum, &number, 1);
    add_one(sum, double_bits(number));
}

static void add_product(struct superaccumulator *sum, uint64_t a, uint64_t b)
{
    bool negative = (a ^ b) & DOUBLE_SIGN;
    if (double_is_special(a) || double_is_special(b)) {
        bool nan = double_is_nan(a) || double_is_nan(b);
        bool zero = !(a & DOUBLE_MAGNITUDE) || !(b & DOUBLE_MAGNITUDE);
        add_special(sum, nan || zero, negative);
        return;
    }
    superaccumulator_add_scaled(sum, (uint128)double_mantissa(a) * double_mantissa(b), negative,
                                double_exponent(a) + double_exponent(b));
}

void superaccumulator_add_products(struct superaccumulator *sum, const double *x, const double *y,
                                   size_t count)
{
    superaccumulator_note_products(sum, x, y, count);
    for (size_t i = 0; i < count; i++)
        add_product(sum, double_bits(x[i]), double_bits(y[i]));
}

void superaccumulator_merge(struct superaccumulator *sum, const struct superaccumulator *other)
{
    struct superaccumulator addend = *other;
    pass_carries(&addend);
    count_additions(sum, 1);
    sum->added |= addend.added;
    if (!addend.end)
        return;
    uint64_t first = SUPERACCUMULATOR_CHUNKS - addend.below_top;
    for (uint64_t i = first; i < addend.end; i++)
        sum->chunk[i] += addend.chunk[i];
    use_chunks(sum, first, addend.end);
}

void superaccumulator_settle(struct superaccumulator *sum)
{
    pass_carries(sum);
    if (!sum->end)
        return;
    for (; sum->end < SUPERACCUMULATOR_CHUNKS; sum->end++) {
        int64_t top = sum->chunk[sum->end - 1];
        sum->chunk[sum->end - 1] = top & (int64_t)CHUNK_MASK;
        sum->chunk[sum->end] = top >> 32;
    }
    sum->chunk[sum->end - 1] &= (int64_t)CHUNK_MASK;
}

/* ---- rounding ----------------------------------------------------------------------------- */

/* A magnitude: window * 2^exponent, and something below it if `more`. */
struct magnitude {
    uint128 window; /* 0: none at all, else 65 bits at least */
    int exponent;
    bool more, negative;
};

/* Whether the sum is negative; makes it positive. */
static bool take_sign(struct superaccumulator *sum)
{
    pass_carries(sum);
    if (!sum->end || sum->chunk[sum->end - 1] >= 0)
        return false;
    for (uint64_t i = SUPERACCUMULATOR_CHUNKS - sum->below_top; i < sum->end; i++)
        sum->chunk[i] = -sum->chunk[i];
    pass_carries(sum);
    return true;
}

/* Copies only what is in use: a sum of numbers of one size has few chunks. */
static void copy_in_use(struct superaccumulator *copy, const struct superaccumulator *of)
{
    uint64_t first = SUPERACCUMULATOR_CHUNKS - of->below_top;
    copy->pending = of->pending;
    copy->end = of->end;
    copy->below_top = of->below_top;
    copy->added = of->added;
    if (of->end)
        memcpy(&copy->chunk[first], &of->chunk[first], (of->end - first) * sizeof *of->chunk);
}

/* The three uppermost chunks with anything in them, and whatever of the next two there is room for.
 */
static struct magnitude magnitude_of(const struct superaccumulator *of)
{
    struct superaccumulator sum;
    struct magnitude magnitude = {0};
    copy_in_use(&sum, of);
    magnitude.negative = take_sign(&sum);
    uint64_t first = SUPERACCUMULATOR_CHUNKS - sum.below_top, top = sum.end;
    while (top > first && !sum.chunk[top - 1])
        top--;
    if (top <= first)
        return magnitude;
    uint64_t low = top - 1;
    magnitude.window = (uint128)sum.chunk[low];
    while (low > 0 && magnitude.window >> 96 == 0) {
        low--;
        magnitude.window = magnitude.window << 32 | (low < first ? 0 : (uint64_t)sum.chunk[low]);
    }
    magnitude.exponent = (int)low * 32 + LOWEST_EXPONENT;
    for (uint64_t i = first; i < low; i++)
        magnitude.more |= sum.chunk[i] != 0;
    return magnitude;
}

static int highest_bit(uint128 value)
{
    uint64_t high = (uint64_t)(value >> 64);
    return high ? 127 - __builtin_clzll(high) : 63 - __builtin_clzll((uint64_t)value);
}

/* To nearest, ties to even. */
static double round_magnitude(const struct magnitude *magnitude)
{
    int top = magnitude->exponent + highest_bit(magnitude->window);
    int lowest = top - 52 > -1074 ? top - 52 : -1074; /* the exponent of the last bit that stays */
    int shift = lowest - magnitude->exponent;
    uint64_t sign = magnitude->negative ? DOUBLE_SIGN : 0;
    if (top > 1023)
        return double_of_bits(sign | DOUBLE_INFINITY);
    if (shift > 128)
        return double_of_bits(sign);
    uint64_t mantissa = (uint64_t)(magnitude->window >> (shift - 1) >> 1);
    uint128 rest = magnitude->window << (128 - shift), half = (uint128)1 << 127;
    mantissa += rest > half || (rest == half && (magnitude->more || (mantissa & 1)));
    return double_of_bits(sign | (((uint64_t)(lowest + 1074) << 52) + mantissa));
}

/* What is to come out where no digits decide; false: they do. */
static bool round_special(const struct superaccumulator *sum, double *result)
{
    uint64_t infinities = sum->added & (ADDED_PLUS_INFINITY | ADDED_MINUS_INFINITY);
    if (sum->added & ADDED_NAN || infinities == (ADDED_PLUS_INFINITY | ADDED_MINUS_INFINITY))
        *result = double_of_bits(DOUBLE_NAN);
    else if (infinities)
        *result = double_of_bits(DOUBLE_INFINITY |
                                 (infinities == ADDED_MINUS_INFINITY ? DOUBLE_SIGN : 0));
    else
        return false;
    return true;
}

double superaccumulator_round(const struct superaccumulator *sum)
{
    double result;
    if (round_special(sum, &result))
        return result;
    struct magnitude magnitude = magnitude_of(sum);
    if (magnitude.window)
        return round_magnitude(&magnitude);
    return double_of_bits(sum->added == ADDED_ANYTHING ? DOUBLE_SIGN : 0);
}

double superaccumulator_root(const struct superaccumulator *sum)
{
    double result;
    if (round_special(sum, &result))
        return result;
    struct magnitude square = magnitude_of(sum), root = {0};
    if (!square.window)
        return 0;
    int shift = 127 - highest_bit(square.window);
    shift -= (square.exponent - shift) & 1; /* the exponent is halved */
    square.window <<= shift;
    uint64_t floor = square_root_wide(square.window);
    root.window = (uint128)floor << 64; /* what is lost is told by `more` alone */
    root.exponent = (square.exponent - shift) / 2 - 64;
    root.more = square.more || (uint128)floor * floor != square.window;
    return round_magnitude(&root);
}
