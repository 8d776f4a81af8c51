/* Checks arrays, and copies what does not lie as the kernels take it: see array.h. */
#include "array.h"

#include "base/error.h"

static size_t size_of(yoke_number_type type)
{
    return type == YOKE_F32 ? sizeof(float) : sizeof(double);
}

yoke_status array_check(const yoke_array *array)
{
    if ((int)array->type < YOKE_F64 || (int)array->type > YOKE_I64)
        return error_set(YOKE_INVALID,
                         "%d is no yoke_number_type; YOKE_ARRAY() chooses the right one",
                         (int)array->type);
    if (!array->count)
        return YOKE_OK;
    if (!array->data)
        return error_set(YOKE_INVALID, "an array of %zu numbers has NULL for its data",
                         array->count);
    if ((uintptr_t)array->data % size_of(array->type))
        return error_set(YOKE_INVALID,
                         "an array's data are not aligned: the address is no multiple "
                         "of %zu bytes",
                         size_of(array->type));
    size_t step = array->stride < 0 ? -(size_t)array->stride : (size_t)array->stride;
    if (array->count - 1 > (PTRDIFF_MAX / size_of(array->type) - 1) / (step ? step : 1))
        return error_set(YOKE_INVALID, "no memory holds %zu numbers with a stride of %td",
                         array->count, array->stride);
    return YOKE_OK;
}

static ptrdiff_t stride_of(const yoke_array *array)
{
    return array->stride ? array->stride : 1;
}

const double *array_doubles(const yoke_array *array, size_t first, size_t count, double *buffer)
{
    ptrdiff_t stride = stride_of(array), begin = (ptrdiff_t)first * stride;
    const double *doubles = array->data;
    const float *floats = array->data;
    const int64_t *integers = array->data;
    if (array->type == YOKE_F64 && stride == 1)
        return doubles + begin;
    if (array->type == YOKE_F64)
        for (size_t i = 0; i < count; i++)
            buffer[i] = doubles[begin + (ptrdiff_t)i * stride];
    else if (array->type == YOKE_I64)
        for (size_t i = 0; i < count; i++)
            buffer[i] = (double)integers[begin + (ptrdiff_t)i * stride];
    else if (stride == 1)
        for (size_t i = 0; i < count; i++)
            buffer[i] = (double)floats[first + i];
    else
        for (size_t i = 0; i < count; i++)
            buffer[i] = (double)floats[begin + (ptrdiff_t)i * stride];
    return buffer;
}

const int64_t *array_integers(const yoke_array *array, size_t first, size_t count, int64_t *buffer)
{
    ptrdiff_t stride = stride_of(array), begin = (ptrdiff_t)first * stride;
    const int64_t *integers = array->data;
    if (stride == 1)
        return integers + begin;
    for (size_t i = 0; i < count; i++)
        buffer[i] = integers[begin + (ptrdiff_t)i * stride];
    return buffer;
}
