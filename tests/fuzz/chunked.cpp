// http::chunk_decoder as uploads use it and fetch::response_body as origins' answers use it.
#include "core/body.hpp"
#include "fetch/response_body.hpp"
#include "http/chunk_decoder.hpp"

#include <optional>

#include "tests/fuzz/pieces.hpp"
#include "tests/fuzz/targets.hpp"

namespace tailrace::fuzz {
namespace {

struct decoded {
  std::string data;
  std::size_t consumed = 0;
  bool done = false;
  std::optional<std::string> refusal;

  bool operator==(const decoded&) const = default;
};

decoded decode(std::string_view text, std::size_t piece_bytes) {
  http::chunk_decoder chunks(errc::bad_request);
  decoded out;
  for (pieces p(text, piece_bytes); p.left() && !chunks.done();) {
    for (auto input = as_bytes(p.next()); !input.empty() && !chunks.done();) {
      const auto step = chunks.next(input);
      if (step.has_error()) {
        require(step.error().code == errc::bad_request, "a refusal has the code it was given");
        out.refusal = step.error().detail;
        return out;
      }
      require(step->consumed > 0 && step->consumed <= input.size(), "each step gets on");
      require(chunks.data_left() < std::uint64_t{1} << 60, "a size has at most 15 digits");
      require(step->data.size() <= step->consumed, "no more data than input");
      out.data.append(as_text(step->data));
      out.consumed += step->consumed;
      input = input.subspan(step->consumed);
    }
  }
  out.done = chunks.done();
  return out;
}

// The data of large chunks passes the decoder by, as net::request_body does it.
decoded decode_around(std::string_view text) {
  http::chunk_decoder chunks(errc::bad_request);
  decoded out;
  while (out.consumed < text.size() && !chunks.done()) {
    const std::string_view rest = text.substr(out.consumed);
    if (const auto left = chunks.data_left(); left > 0) {
      const std::string_view data = rest.substr(0, left);
      chunks.take(data.size());
      out.data.append(data);
      out.consumed += data.size();
      continue;
    }
    const auto step = chunks.next(as_bytes(rest.substr(0, 1)));
    if (step.has_error()) {
      out.refusal = step.error().detail;
      return out;
    }
    out.consumed += step->consumed;
  }
  out.done = chunks.done();
  return out;
}

decoded decode_answer(std::string_view text, std::size_t piece_bytes) {
  http::framing f;
  f.kind = http::body_kind::chunked;
  fetch::response_body body(f, 0);
  decoded out;
  for (pieces p(text, piece_bytes); p.left() && !body.done();) {
    std::string raw(p.next());
    const auto n = body.take(std::as_writable_bytes(std::span(raw)));
    if (n.has_error()) {
      require(n.error().code == errc::origin_bad_response, "a broken answer is a bad one");
      out.refusal = n.error().detail;
      return out;
    }
    require(*n <= raw.size(), "no more data than input");
    out.data.append(raw, 0, *n);
  }
  out.done = body.done();
  if (!out.done) require(body.close().has_error(), "a close does not complete chunks");
  return out;
}

// The coding again, as one chunk for each byte.
std::string encode(std::string_view data) {
  std::string out;
  for (const char c : data) out.append("1;x=y\r\n").append(1, c).append("\r\n");
  return out.append("0\r\nA: b\r\n\r\n");
}

}  // namespace

void chunked(std::string_view input) {
  const std::string_view text = without_switches(input);
  const decoded whole = decode(text, text.size());
  require(whole.consumed <= text.size() && whole.data.size() <= text.size(), "output within input");
  const std::size_t piece_bytes = piece_size(switches_of(input));
  const decoded split = decode(text, piece_bytes);
  require(split.done == whole.done && split.refusal == whole.refusal, "the split does not matter");
  if (!whole.refusal) require(split == whole, "the split does not matter to the data");
  require(split.data.starts_with(whole.data), "what came before a refusal does not depend on it");

  require(decode_around(text) == split || whole.refusal, "data may pass the decoder by");
  require(decode_around(text).refusal == whole.refusal, "refusals do not depend on the way");

  const decoded answer = decode_answer(text, piece_bytes);
  require(answer.refusal == whole.refusal && answer.done == whole.done, "one judge for both sides");
  if (!whole.refusal) require(answer.data == whole.data, "one decoder for both sides");

  if (whole.done && whole.data.size() < 300) {
    const decoded again = decode(encode(whole.data), piece_bytes);
    require(again.done && again.data == whole.data, "the coding and back");
  }
}

}  // namespace tailrace::fuzz
