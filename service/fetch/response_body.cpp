#include "fetch/response_body.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace tailrace::fetch {

namespace {

error too_large() {
  return error(errc::body_too_large, "the source is larger than the limit");
}

}  // namespace

response_body::response_body(const http::framing& framing, std::uint64_t bytes_max) noexcept
    : framing_(framing), bytes_max_(bytes_max), done_(framing.kind == http::body_kind::none) {}

std::size_t response_body::wanted(std::size_t n) const noexcept {
  if (done_) return 0;
  if (framing_.kind != http::body_kind::length) return n;
  return static_cast<std::size_t>(std::min<std::uint64_t>(n, framing_.length - taken_));
}

result<std::size_t> response_body::take(std::span<std::byte> raw) {
  assert(!done_ && raw.size() <= wanted(raw.size()));
  std::size_t n = raw.size();
  if (framing_.kind == http::body_kind::chunked) {
    const auto decoded = take_chunked(raw);
    if (decoded.has_error()) return decoded.error();
    n = *decoded;
  }
  if (exceeds(n)) return too_large();
  taken_ += n;
  if (framing_.kind == http::body_kind::length) done_ = taken_ == framing_.length;
  return n;
}

result<std::size_t> response_body::take_chunked(std::span<std::byte> raw) {
  std::size_t out = 0;
  std::size_t in = 0;
  while (in < raw.size() && !chunks_.done()) {
    const auto step = chunks_.next(raw.subspan(in));
    if (step.has_error()) return step.error();
    if (!step->data.empty()) std::memmove(raw.data() + out, step->data.data(), step->data.size());
    out += step->data.size();
    in += step->consumed;
    // Here too, so that of a fault and the limit the one that comes first counts, however the bytes
    // were split.
    if (exceeds(out)) return too_large();
  }
  done_ = chunks_.done();
  overrun_ = in < raw.size();
  return out;
}

bool response_body::exceeds(std::size_t more) const noexcept {
  return bytes_max_ > 0 && taken_ + more > bytes_max_;
}

result<void> response_body::close() {
  if (framing_.kind != http::body_kind::until_close)
    return error(errc::origin_incomplete, "the origin closed before the end of the body");
  done_ = true;
  return {};
}

}  // namespace tailrace::fetch
