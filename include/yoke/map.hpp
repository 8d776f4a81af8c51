/* Maps and pipelines of map.h for C++: see yoke.hpp.
 *
 *     std::vector<mark> marks = yoke::map(server, photos, [](const photo &each) { ... });
 *     yoke::pipeline(
 *         server, [&]() -> std::optional<block> { ... }, [](block &each) { return hash(each); },
 *         [&](std::uint64_t hash) { file << hash; });
 *
 * The first argument is who helps the calling thread, as in loop.hpp: a server, a context or
 * nullptr. The callable is called as kernel(input) or kernel(input, yoke::context &), by several
 * threads at a time, on this machine alone; it is not copied. Inputs and results may be of any
 * type. The last argument, if given, is a yoke_map_options with tries, limits and so on; in what
 * its visit() is shown, input and output are not the caller's. What the nodes of a cluster do, too,
 * are the reductions of map_reduce.hpp. */
#ifndef YOKE_MAP_HPP
#define YOKE_MAP_HPP

#include "loop.hpp" /* first, for what it asks of the compiler */
#include "map_reduce.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace yoke
{

namespace detail
{

template <class Kernel, class Input>
decltype(auto) call_on(Kernel &kernel, Input &&input, context &context)
{
    if constexpr (std::is_invocable_v<Kernel &, Input, yoke::context &>)
        return kernel(std::forward<Input>(input), context);
    else
        return kernel(std::forward<Input>(input));
}

template <class Kernel, class Input>
using output_of = std::decay_t<decltype(call_on(std::declval<Kernel &>(), std::declval<Input>(),
                                                std::declval<context &>()))>;

template <class Iterator>
using element_of = decltype(element(std::declval<const Iterator &>(), std::uint64_t()));

/* A map under way. C knows items by this and their index. */
template <class Inputs, class Outputs, class Kernel> class mapping
{
  public:
    mapping(Inputs inputs, Outputs outputs, Kernel &kernel, std::uint64_t count)
        : inputs_(inputs), outputs_(outputs), kernel_(kernel), thrown_(count)
    {
        items_.reserve(count);
        for (std::uint64_t i = 0; i < count; i++)
            items_.push_back({this, i});
    }

    void run(yoke_server *server, const yoke_map_options &how)
    {
        yoke_status status = yoke_map(server, run_item, items_.data(), sizeof(item), nullptr, 0,
                                      items_.size(), &how);
        if (status == YOKE_JOB_FAILED)
            for (const std::exception_ptr &thrown : thrown_)
                if (thrown)
                    std::rethrow_exception(thrown);
        check(status);
    }

  private:
    struct item {
        mapping *map;
        std::uint64_t index;
    };

    static yoke_status run_item(yoke_context *handle, const void *argument, void *)
    {
        const item &here = *static_cast<const item *>(argument);
        mapping &map = *here.map;
        std::exception_ptr &thrown = map.thrown_[here.index];
        yoke_status status = run_kernel(handle, thrown, [&](context &context) {
            element(map.outputs_, here.index) =
                call_on(map.kernel_, element(map.inputs_, here.index), context);
        });
        if (status != YOKE_JOB_FAILED) /* told to leave */
            thrown = nullptr;
        return status;
    }

    Inputs inputs_;
    Outputs outputs_;
    Kernel &kernel_;
    std::vector<std::exception_ptr> thrown_; /* of each item's latest try */
    std::vector<item> items_;
};

/* A pipeline under way. C's items are this and a place of ours for what goes through it. */
template <class Source, class Kernel, class Sink> class piping
{
  public:
    piping(Source &source, Kernel &kernel, Sink &sink)
        : source_(source), kernel_(kernel), sink_(sink)
    {
    }

    void run(yoke_server *server, const yoke_map_options &how)
    {
        yoke_status status =
            yoke_pipeline(server, fill, run_item, show, this, sizeof(item), 0, &how);
        carried_.end(status);
    }

  private:
    using input = typename std::invoke_result_t<Source &>::value_type;
    struct place {
        std::optional<input> in;
        std::optional<output_of<Kernel, input &>> out;
        std::exception_ptr thrown;
    };
    struct item {
        piping *pipe;
        place *at;
    };

    static bool fill(void *memory, void *context)
    {
        auto &self = *static_cast<piping *>(context);
        bool filled = false;
        self.carried_.call([&] {
            place *at = self.free_place();
            at->in = self.source_();
            filled = at->in.has_value();
            *static_cast<item *>(memory) = {&self, at};
            return YOKE_OK;
        });
        return filled;
    }

    static yoke_status run_item(yoke_context *handle, const void *argument, void *)
    {
        const item &here = *static_cast<const item *>(argument);
        return run_kernel(handle, here.at->thrown, [&here](context &context) {
            here.at->out.emplace(call_on(here.pipe->kernel_, *here.at->in, context));
        });
    }

    static bool show(const yoke_item *ended, void *context)
    {
        auto &self = *static_cast<piping *>(context);
        return self.carried_.call([&] {
            place *at = static_cast<const item *>(ended->input)->at;
            if (ended->status == YOKE_JOB_FAILED && at->thrown)
                std::rethrow_exception(at->thrown);
            if (ended->status != YOKE_OK)
                throw error(ended->status, ended->message);
            self.sink_(std::move(*at->out));
            at->in.reset(), at->out.reset();
            std::lock_guard<std::mutex> lock(self.mutex_);
            self.free_.push_back(at);
            return YOKE_OK;
        }) == YOKE_OK;
    }

    place *free_place()
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (free_.empty()) {
            places_.push_back(std::make_unique<place>());
            free_.reserve(places_.size());
            return places_.back().get();
        }
        place *at = free_.back();
        free_.pop_back();
        return at;
    }

    Source &source_;
    Kernel &kernel_;
    Sink &sink_;
    carried carried_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<place>> places_; /* as many as the window at most */
    std::vector<place *> free_;
};

} /* namespace detail */

/* Assigns what kernel(input) gives for each element of `inputs` to that of `outputs`, a range with
 * room for it; both have random access. When items fail, all others are run nevertheless, and what
 * the first of them, by index, has thrown is thrown here. As yoke_map(); costs 24 bytes an item. */
template <class Inputs, class Outputs, class Kernel>
void map_into(detail::helpers helpers, Inputs &&inputs, Outputs &&outputs, Kernel &&kernel,
              const yoke_map_options &how = YOKE_MAP_OPTIONS_INIT)
{
    if (detail::size_of(outputs) < detail::size_of(inputs))
        throw error(YOKE_INVALID, "less room for outputs than there are inputs; make it larger");
    detail::mapping<decltype(std::begin(inputs)), decltype(std::begin(outputs)),
                    std::remove_reference_t<Kernel>>
        mapping(std::begin(inputs), std::begin(outputs), kernel, detail::size_of(inputs));
    mapping.run(helpers.c(), how);
}

/* The same, with the results in a vector. Their type has a default constructor. */
template <class Inputs, class Kernel,
          class Output = detail::output_of<
              Kernel, detail::element_of<decltype(std::begin(std::declval<Inputs &>()))>>>
std::vector<Output> map(detail::helpers helpers, Inputs &&inputs, Kernel &&kernel,
                        const yoke_map_options &how = YOKE_MAP_OPTIONS_INIT)
{
    static_assert(!std::is_same_v<Output, bool>,
                  "threads cannot write to a std::vector<bool>; let the callable return a char");
    std::vector<Output> outputs(static_cast<std::size_t>(detail::size_of(inputs)));
    map_into(helpers, inputs, outputs, kernel, how);
    return outputs;
}

/* Runs serial, parallel and serial work on a stream: source() gives a std::optional with the next
 * input, or without one at the end; kernel(input) makes an output of it, and sink(output) is called
 * for one after the other, in the order of the inputs. When an item fails those before it reach the
 * sink, and what it has thrown is thrown here; so is what the source or the sink throws. As
 * yoke_pipeline(). */
template <class Source, class Kernel, class Sink>
void pipeline(detail::helpers helpers, Source &&source, Kernel &&kernel, Sink &&sink,
              const yoke_map_options &how = YOKE_MAP_OPTIONS_INIT)
{
    detail::piping<std::remove_reference_t<Source>, std::remove_reference_t<Kernel>,
                   std::remove_reference_t<Sink>>(source, kernel, sink)
        .run(helpers.c(), how);
}

} /* namespace yoke */

#endif
