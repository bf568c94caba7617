// http::multipart_parser, with the boundary "b": whole, and in pieces.
#include "http/multipart.hpp"

#include <optional>
#include <string>

#include "tests/fuzz/pieces.hpp"
#include "tests/fuzz/targets.hpp"

namespace tailrace::fuzz {
namespace {

struct parsed {
  std::string parts;  // their heads and data, with marks
  bool ended = false;
  std::optional<std::string> refusal;

  bool operator==(const parsed&) const = default;
};

parsed parse(std::string_view text, std::size_t piece_bytes) {
  using event = http::multipart_parser::event;
  http::multipart_parser parser("b");
  parsed out;
  std::size_t begin = 0;
  std::size_t end = 0;
  for (;;) {
    const std::string_view input = text.substr(begin, end - begin);
    const auto step = parser.next(input);
    if (step.has_error()) {
      require(step.error().code == errc::bad_request, "a broken form is a bad request");
      out.refusal = step.error().detail;
      return out;
    }
    require(step->consumed <= input.size(), "no more consumed than there is");
    begin += step->consumed;
    if (step->what == event::part)
      out.parts += "<" + parser.part().name + "," + parser.part().filename.value_or("") + ">";
    if (step->what == event::data) {
      require(!step->data.empty() && step->data.size() <= step->consumed, "data within input");
      out.parts += step->data;
    }
    if (step->what == event::part_end) out.parts += "</>";
    if (step->what != event::more || step->consumed > 0) continue;
    require(input.size() < http::multipart_parser::input_bytes_max, "a step needs only so much");
    if (end == text.size()) break;
    end = std::min(end + piece_bytes, text.size());
  }
  out.ended = parser.ended();
  return out;
}

}  // namespace

void multipart(std::string_view input) {
  const std::string_view text = without_switches(input);
  const parsed whole = parse(text, std::max<std::size_t>(text.size(), 1));
  const parsed split = parse(text, piece_size(switches_of(input)));
  require(whole == split, "the split does not matter");
  require(whole.parts.size() <= 3 * text.size() + 16, "output within input");
}

}  // namespace tailrace::fuzz
