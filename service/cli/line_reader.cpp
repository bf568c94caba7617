#include "cli/line_reader.hpp"

#include "exec/offload.hpp"

namespace tailrace::cli {

io::awaitable<result<std::optional<std::string>>> line_reader::next() {
  std::size_t searched = begin_;
  for (;;) {
    const auto feed = text_.find('\n', searched);
    if (feed != text_.npos) co_return cut(feed, feed + 1);
    searched = text_.size() - begin_;
    if (ended_) {
      if (searched == 0) co_return std::optional<std::string>();
      co_return cut(text_.size(), text_.size());
    }
    text_.erase(0, std::exchange(begin_, 0));
    if (text_.size() > line_bytes_max) co_return error(errc::source_refused, "Line too long");
    auto job = [this] { return read_piece(); };
    auto away = exec::offload(on_, exec::job_options(), job);
    const auto n = co_await std::move(away);
    if (n.has_error()) co_return n.error();
    ended_ = *n == 0;
  }
}

// On a worker's thread, while the coroutine waits for it.
result<std::size_t> line_reader::read_piece() {
  if (!from_) {
    auto opened = input::open(name_);
    if (opened.has_error()) return opened.error();
    from_.emplace(std::move(*opened));
  }
  const std::size_t had = text_.size();
  text_.resize(had + piece_bytes);
  const auto n = from_->read_some(std::as_writable_bytes(std::span(text_).subspan(had)), stop_);
  text_.resize(had + (n.has_value() ? *n : 0));
  return n;
}

std::optional<std::string> line_reader::cut(std::size_t end, std::size_t behind) {
  std::string line = text_.substr(begin_, end - begin_);
  begin_ = behind;
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace tailrace::cli
