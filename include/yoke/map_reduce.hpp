/* Reductions of map.h, whose parts the nodes of a cluster do, for C++: see yoke.hpp.
 *
 *     static double sum_part(const yoke::part &part, yoke::context &context)
 *     {
 *         return yoke::parallel_reduce(context, part, 0.0, std::plus<>(),
 *                                      [](std::uint64_t i) { return 1.0 / double(i + 1); });
 *     }
 *     ...
 *     // cluster.h; here and on each node, unless all is done here
 *     yoke::check(yoke_kernel_register("sum_part", 1, yoke::part_kernel<sum_part>));
 *     double sum = yoke::map_reduce(server, yoke::part(0, count), 0.0, std::plus<>(),
 *                                   yoke::part_kernel<sum_part>);
 *
 * The sum has the bits of yoke::parallel_reduce(server, 0, count, ...), wherever parts are done. */
#ifndef YOKE_MAP_REDUCE_HPP
#define YOKE_MAP_REDUCE_HPP

#include "parallel_reduce.hpp" /* first, for what it asks of the compiler */

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>

namespace yoke
{

/* A range that is reduced, and a part of it as a kernel is given it: see yoke_part of map.h. */
class part
{
  public:
    part(detail::whole<std::uint64_t> lo, detail::whole<std::uint64_t> hi,
         detail::whole<std::uint64_t> grain = 0u)
        : c_{lo, hi, grain}
    {
    }
    explicit part(const yoke_part &c) noexcept : c_(c) {}
    const yoke_part &c() const noexcept { return c_; }
    std::uint64_t lo() const noexcept { return c_.lo; } /* the numbers lo() <= i < hi()          */
    std::uint64_t hi() const noexcept { return c_.hi; }
    std::uint64_t grain() const noexcept { return c_.grain; } /* numbers of a leaf               */

  private:
    yoke_part c_;
};

/* What a kernel does with its part: the reduction of loop.hpp over its numbers, in the leaves that
 * the whole range has. */
template <class T, class Combine, class Body>
T parallel_reduce(detail::helpers helpers, part part, T identity, Combine &&combine, Body &&body,
                  yoke_loop how = YOKE_LOOP_INIT)
{
    how.grain = part.grain();
    return parallel_reduce(helpers, part.lo(), part.hi(), identity, combine, body, how);
}

/* ---- kernels ----------------------------------------------------------------------------- */

namespace detail
{

template <class T> using part_function = T(const part &, context &);
template <class T, class Input>
using part_function_of_input = T(const part &, const Input &, context &);

inline void check_size(const char *what, std::size_t size, std::size_t expected)
{
    if (size != expected)
        throw error(YOKE_INVALID, std::string(what) + " of a part has " + std::to_string(size) +
                                      " bytes, and its kernel's has " + std::to_string(expected) +
                                      "; use the same types, or another version of the kernel");
}

template <class T>
T call_part(part_function<T> *kernel, const part &part, const void *, std::size_t size,
            context &context)
{
    check_size("the input", size, 0);
    return kernel(part, context);
}

template <class T, class Input>
T call_part(part_function_of_input<T, Input> *kernel, const part &part, const void *bytes,
            std::size_t size, context &context)
{
    static_assert(std::is_trivially_copyable_v<Input>, "an input's bytes are copied");
    check_size("the input", size, sizeof(Input));
    Input input;
    std::memcpy(&input, bytes, sizeof input);
    return kernel(part, input, context);
}

template <auto Kernel>
yoke_status run_part(yoke_context *handle, const void *argument, void *result)
{
    using accumulator = decltype(call_part(Kernel, std::declval<const part &>(), nullptr, 0,
                                           std::declval<context &>()));
    static_assert(std::is_trivially_copyable_v<accumulator>, "an accumulator's bytes are copied");
    context context(handle);
    try {
        std::size_t size = yoke_context_argument_size(handle);
        if (size < YOKE_PART_BYTES)
            throw error(YOKE_INVALID, "the argument is no part; submit it by yoke::map_reduce()");
        check_size("the accumulator", yoke_context_result_size(handle), sizeof(accumulator));
        yoke_part c;
        const void *input = yoke_part_read(argument, &c);
        accumulator sum = call_part(Kernel, part(c), input, size - YOKE_PART_BYTES, context);
        std::memcpy(result, &sum, sizeof sum);
        return YOKE_OK;
    } catch (const error &error) {
        return fail_kernel(handle, error.what(), error.status());
    } catch (const std::exception &exception) {
        return fail_kernel(handle, exception.what());
    } catch (...) {
        return fail_kernel(handle, "an exception that is no std::exception");
    }
}

} /* namespace detail */

/* The kernel for C, to be registered under a name, of a function
 *
 *     T sum_part(const yoke::part &part, yoke::context &context);
 *     T sum_part(const yoke::part &part, const Input &input, yoke::context &context);
 *
 * which returns the accumulator of the part. T and Input are trivially copyable; between machines
 * their bytes have to mean the same. What it throws ends the part as failed, and the call with it:
 * yoke::map_reduce() throws a yoke::error with that text, and the status of a yoke::error, since
 * other exceptions do not travel. */
template <auto Function> inline constexpr yoke_kernel part_kernel = detail::run_part<Function>;

/* ---- the call ---------------------------------------------------------------------------- */

namespace detail
{

/* C's combine() is given nothing of the caller's, but called by the calling thread alone: so that
 * knows the callable. Kernels that the thread has run meanwhile have put back what they found. */
template <class T, class Combine> class combining
{
  public:
    explicit combining(Combine &combine) : combine_(combine), outer_(here) { here = this; }
    ~combining() { here = outer_; }
    combining(const combining &) = delete;
    combining &operator=(const combining &) = delete;

    static void merge(void *into, const void *from, void *)
    {
        combining &self = *here;
        if (!self.carried_.any())
            self.carried_.call([&] {
                add(self.combine_, *static_cast<T *>(into), *static_cast<const T *>(from));
                return YOKE_OK;
            });
    }
    void end(yoke_status status) const { carried_.end(status); }

  private:
    static inline thread_local combining *here = nullptr;

    Combine &combine_;
    combining *outer_;
    carried carried_;
};

template <class T, class Combine>
T map_reduce(helpers helpers, const part &range, const T &identity, Combine &combine,
             yoke_kernel kernel, const void *input, std::size_t size, const yoke_map_options &how)
{
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 64,
                  "an accumulator's bytes are copied, and aligned to 64 bytes at most");
    yoke_reduction reduction = YOKE_REDUCTION_INIT;
    reduction.accumulator_size = sizeof(T);
    reduction.identity = &identity;
    reduction.combine = combining<T, Combine>::merge;
    combining<T, Combine> combining(combine);
    T result = identity;
    combining.end(
        yoke_map_reduce(helpers.c(), kernel, range.c(), input, size, &reduction, &how, &result));
    return result;
}

} /* namespace detail */

/* Reduces a range by parts, each of them a run of the kernel: one of part_kernel, or of C's, or
 * nullptr with its name in how.kernel_name. Nodes of the server's cluster that know the kernel do
 * parts, too. Their accumulators have the type of `identity`; `combine` is as in parallel_reduce(),
 * called by the calling thread, and when it throws, that is thrown here. As yoke_map_reduce(). */
template <class T, class Combine>
T map_reduce(detail::helpers helpers, const part &range, T identity, Combine &&combine,
             yoke_kernel kernel, const yoke_map_options &how = YOKE_MAP_OPTIONS_INIT)
{
    return detail::map_reduce(helpers, range, identity, combine, kernel, nullptr, 0, how);
}

/* The same with an input that all parts are given the bytes of: the blob id of an array, say. */
template <class T, class Combine, class Input>
T map_reduce(detail::helpers helpers, const part &range, T identity, Combine &&combine,
             yoke_kernel kernel, const Input &input,
             const yoke_map_options &how = YOKE_MAP_OPTIONS_INIT)
{
    static_assert(std::is_trivially_copyable_v<Input>, "an input's bytes are copied");
    return detail::map_reduce(helpers, range, identity, combine, kernel, &input, sizeof input, how);
}

} /* namespace yoke */

#endif
