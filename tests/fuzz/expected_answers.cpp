#include "tests/fuzz/expected_answers.hpp"

#include "core/body.hpp"
#include "http/chunk_decoder.hpp"
#include "http/framing.hpp"
#include "http/head.hpp"
#include "http/problem.hpp"
#include "http/query.hpp"

namespace tailrace::fuzz {
namespace {

struct whole_body {
  std::uint64_t bytes = 0;
  std::size_t size = 0;  // with its framing
};

// None when it is broken or not all there.
std::optional<whole_body> body_at(std::string_view rest, const http::framing& framing) {
  if (framing.kind != http::body_kind::chunked) {
    if (framing.length > rest.size()) return std::nullopt;
    return whole_body{framing.length, static_cast<std::size_t>(framing.length)};
  }
  http::chunk_decoder chunks(errc::bad_request);
  whole_body found;
  while (!chunks.done()) {
    if (found.size == rest.size()) return std::nullopt;
    const auto step = chunks.next(as_bytes(rest.substr(found.size)));
    if (step.has_error()) return std::nullopt;
    found.bytes += step->data.size();
    found.size += step->consumed;
  }
  return found;
}

expected_answer refusal(errc code) {
  expected_answer a;
  a.status = http::status_of(code);
  a.last = true;
  return a;
}

// One request: takes it off `rest`. None when its head is not whole.
std::optional<expected_answer> take_request(std::string_view& rest,
                                            const http::head_limits& limits) {
  http::head_scanner scanner(limits);
  const auto end = scanner.scan(rest);
  if (end.has_error()) return refusal(end.error().code);
  if (!*end) return std::nullopt;
  const std::string_view text = rest.substr(scanner.start(), **end - scanner.start());
  rest.remove_prefix(**end);

  http::request_head head;
  if (const auto parsed = http::parse_head(text, head); parsed.has_error()) {
    auto refused = refusal(parsed.error().code);
    refused.bodiless = head.method == http::method::head;
    return refused;
  }
  const auto framing = http::frame_request(head);
  expected_answer a;
  if (framing.has_error()) a = refusal(framing.error().code);
  a.bodiless = head.method == http::method::head;
  if (framing.has_error()) return a;

  a.may_continue = a.may_end = framing->expect_continue;
  // A batch may be over before its body is.
  if (http::split_target(head.target).path == "/v1/batch") a.may_end = true;
  const auto body = body_at(rest, *framing);
  if (body) a.body_bytes = body->bytes;
  a.last = !framing->keep_alive;
  if (!body) a.may_end = true;
  rest.remove_prefix(body ? body->size : rest.size());
  return a;
}

}  // namespace

std::vector<expected_answer> answers_to(std::string_view bytes, const http::head_limits& limits) {
  std::vector<expected_answer> all;
  while (!bytes.empty()) {
    const auto one = take_request(bytes, limits);
    if (!one) break;
    all.push_back(*one);
    if (one->last) break;
  }
  return all;
}

}  // namespace tailrace::fuzz
