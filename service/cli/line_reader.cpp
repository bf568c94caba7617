#include "cli/line_reader.hpp"

#include "core/body.hpp"
#include "exec/offload.hpp"

namespace tailrace::cli {

io::awaitable<result<std::optional<line_reader::line>>> line_reader::next() {
  for (;;) {
    if (const auto found = lines_.next(piece_)) co_return found;
    auto job = [this] { return read_piece(); };
    auto away = exec::offload(on_, exec::job_options(), job);
    const auto n = co_await std::move(away);
    if (n.has_error()) co_return n.error();
    if (*n == 0) co_return lines_.last();
    piece_ = as_text(std::span(room_).first(*n));
  }
}

// On a worker's thread, while the coroutine waits for it.
result<std::size_t> line_reader::read_piece() {
  if (!from_) {
    auto opened = input::open(name_);
    if (opened.has_error()) return opened.error();
    from_.emplace(std::move(*opened));
  }
  return from_->read_some(room_, stop_);
}

}  // namespace tailrace::cli
