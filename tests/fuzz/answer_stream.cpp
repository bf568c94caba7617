#include "tests/fuzz/answer_stream.hpp"

#include <charconv>

#include "tests/fuzz/targets.hpp"

namespace tailrace::fuzz {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  require(!text.empty() && text.find_first_not_of(digits) == text.npos, "an answer's number");
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  require(read.ec == std::errc{}, "an answer's number");
  return value;
}

}  // namespace

std::string_view answer_stream::take_line() {
  const auto end = rest_.find("\r\n");
  require(end != rest_.npos, "an answer is cut off in its head");
  const std::string_view line = rest_.substr(0, end);
  require(line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos, "a line of an answer");
  rest_.remove_prefix(end + 2);
  return line;
}

void answer_stream::take_field(std::string_view line, received_answer& into,
                               std::optional<std::size_t>& length) const {
  const auto colon = line.find(": ");
  require(colon != line.npos && colon > 0, "a field line of an answer");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = line.substr(colon + 2);
  require(name.find_first_not_of(name_characters) == name.npos, "a field name of an answer");
  if (name == "Transfer-Encoding") {
    require(value == "chunked" && !into.streamed, "the one coding there is");
    into.streamed = true;
  }
  if (name == "Content-Type") into.content_type = value;
  if (name == "Connection" && value == "close") into.close = true;
  if (name == "Content-Length") {
    require(!length, "an answer has one length");
    length = number(value);
  }
}

// A stream without its last chunk broke off: nothing comes after it.
void answer_stream::take_chunks(received_answer& into) {
  while (!rest_.empty()) {
    const std::string_view line = take_line();
    std::size_t size = 0;
    const auto read = std::from_chars(line.data(), line.data() + line.size(), size, 16);
    require(read.ec == std::errc{} && read.ptr == line.data() + line.size(), "a chunk's size");
    if (size == 0) {
      require(take_line().empty(), "no trailers");
      return;
    }
    require(size <= rest_.size(), "a chunk is whole");
    into.body.append(rest_.substr(0, size));
    rest_.remove_prefix(size);
    if (rest_.empty()) break;  // the line end goes with what comes next
    require(take_line().empty(), "a chunk's end");
  }
  into.close = true;
}

received_answer answer_stream::next(bool bodiless) {
  received_answer a;
  const std::string_view line = take_line();
  require(line.starts_with("HTTP/1.1 ") && line.size() > 13 && line[12] == ' ', "a status line");
  a.status = static_cast<unsigned>(number(line.substr(9, 3)));
  require(a.status >= 100 && a.status <= 599, "a status");
  a.interim = a.status < 200;
  std::optional<std::size_t> length;
  for (auto field = take_line(); !field.empty(); field = take_line()) take_field(field, a, length);
  const bool empty = a.interim || a.status == 204 || a.status == 304;
  if (a.streamed) {
    require(!length && !empty && !bodiless, "a stream has a body of unknown length");
    take_chunks(a);
    return a;
  }
  if (!empty && !length) {
    // To a client of HTTP/1.0: up to the end.
    require(a.close, "an answer without a length is the last one");
    a.streamed = true;
    a.body = rest_;
    rest_ = {};
    return a;
  }
  require(empty == !length, "Content-Length where a body can be, and only there");
  // Who is late is told so before it is known that the request is a HEAD.
  if (empty || (bodiless && a.status != 408)) return a;
  require(*length <= rest_.size(), "an answer is cut off in its body");
  a.body = rest_.substr(0, *length);
  rest_.remove_prefix(*length);
  return a;
}

}  // namespace tailrace::fuzz
