// Work that tells how far it has come: NDJSON, a line of progress every second, and as the last
// line the answer, or the error if lines have been sent by then.
#pragma once
#include "api/context.hpp"
#include "io/exchange.hpp"

#include <atomic>
#include <cstdint>
#include <optional>

namespace tailrace::api {

struct progress_figures {
  std::atomic<std::uint64_t> bytes{0};
  std::optional<std::uint64_t> total;  // as announced
};

// Runs `work`, which fills the text of e.answer with one line of JSON, and keeps `figures` true.
io::awaitable<result<void>> with_progress(context& c, io::exchange& e,
                                          const progress_figures& figures,
                                          io::awaitable<result<void>> work);

}  // namespace tailrace::api
