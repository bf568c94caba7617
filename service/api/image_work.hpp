// Image work on the long lane, from the door of its queue to the result. All on the exchange's I/O
// thread, but the work itself.
#pragma once
#include "api/collect.hpp"
#include "api/context.hpp"
#include "compute/image/resize.hpp"
#include "core/image_options.hpp"
#include "io/exchange.hpp"

#include <optional>

namespace tailrace::api {

// Gets a pass unless there is one: whether the request would be let in if its source were here now.
// Before a body is read or an origin is asked, a refusal costs next to nothing.
// Errors: queue_full, share_exceeded, deadline_exceeded.
result<void> ask_for_image_work(context& c, const io::exchange& e, deadline until,
                                std::optional<admission::compute_queue::pass>& pass);

struct image_made {
  image::resized image;
  admission::budget::permit memory;  // for its bytes
};

// The image made of `source`, and its stages. `source` and `options` must outlive it.
// Errors: those of ask_for_image_work(), image_too_large, memory_exhausted, and those of
// image::resize().
io::awaitable<result<image_made>> resize(context& c, io::exchange& e,
                                         admission::compute_queue::pass with,
                                         const collected& source, const image_options& options,
                                         deadline until);

}  // namespace tailrace::api
