/* The context of jobs of server.h for C++: see yoke.hpp. */
#ifndef YOKE_CONTEXT_HPP
#define YOKE_CONTEXT_HPP

#include "arguments.hpp" /* first, for what it asks of the compiler */

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace yoke
{

/* What a callable is given that asks for it: [](yoke::context &context) { ... }. */
class context
{
  public:
    explicit context(yoke_context *handle) : handle_(handle) {}
    yoke_context *c() const noexcept { return handle_; }
    bool cancelled() const noexcept { return yoke_context_cancelled(handle_); }
    unsigned worker() const noexcept { return yoke_context_worker(handle_); }
    const char *place() const noexcept { return yoke_context_place(handle_); }
    unsigned attempt() const noexcept /* from 1 to the task's tries */
    {
        return yoke_context_try(handle_);
    }
    void progress(detail::whole<std::uint64_t> done, detail::whole<std::uint64_t> total)
    {
        yoke_context_progress(handle_, done, total);
    }
    /* Memory to work in until the callable returns, aligned to 64 bytes; nothing is constructed
     * there. See yoke_context_scratch(). */
    void *scratch(detail::whole<std::size_t> size)
    {
        void *memory = yoke_context_scratch(handle_, size);
        if (!memory)
            throw error(YOKE_NO_MEMORY, yoke_last_error());
        return memory;
    }
    void print(const std::string &text) { check(yoke_context_print(handle_, "%s", text.c_str())); }

    /* Calls kernel(lo, hi) for pieces that together are [lo, hi), on this thread and idle workers.
     * What a piece throws ends the loop and is thrown here. */
    template <class Kernel>
    void for_each(detail::whole<std::uint64_t> lo, detail::whole<std::uint64_t> hi,
                  detail::whole<std::uint64_t> grain, Kernel &&kernel);

  private:
    yoke_context *handle_;
};

template <class Kernel>
void context::for_each(detail::whole<std::uint64_t> lo, detail::whole<std::uint64_t> hi,
                       detail::whole<std::uint64_t> grain, Kernel &&kernel)
{
    struct loop {
        std::remove_reference_t<Kernel> &kernel;
        detail::carried carried;
    } all{kernel, {}};
    auto piece = [](std::uint64_t from, std::uint64_t to, void *argument) -> yoke_status {
        auto &shared = *static_cast<loop *>(argument);
        return shared.carried.call([&] { return shared.kernel(from, to), YOKE_OK; });
    };
    all.carried.end(yoke_for_each(handle_, lo, hi, grain, piece, &all));
}

} /* namespace yoke */

#endif
