#include "fetch/answer_reader.hpp"

#include <string>

namespace tailrace::fetch {
namespace {

// The scanner's codes are about requests.
error refused(const error& e) {
  return error(errc::origin_bad_response, std::string("the origin's answer: ").append(e.detail));
}

}  // namespace

result<std::optional<std::size_t>> answer_reader::feed(std::string_view received) {
  for (;;) {
    const std::string_view rest = received.substr(skipped_);
    const auto size = scanner_.scan(rest);
    if (size.has_error()) return refused(size.error());
    if (!size->has_value()) return std::optional<std::size_t>();
    // Lenient towards requests only: an origin's stray line end means that framing went wrong.
    if (scanner_.start() != 0)
      return error(errc::origin_bad_response, "the origin's answer begins with an empty line");
    const auto parsed = http::parse_head(rest.substr(0, **size), head_);
    if (parsed.has_error()) return refused(parsed.error());
    const auto framed = http::frame_response(head_);
    if (framed.has_error()) return refused(framed.error());
    skipped_ += **size;
    if (head_.status >= 200) {
      framing_ = *framed;
      return std::optional<std::size_t>(skipped_);
    }
    if (head_.status == 101)
      return error(errc::origin_bad_response, "the origin switches protocols unasked");
    if (++interim_ > interim_max)
      return error(errc::origin_bad_response, "too many interim answers");
    scanner_.reset();
  }
}

}  // namespace tailrace::fetch
