// What an origin sends: fetch::answer_reader, judge_answer() and the body behind the head.
#include "core/body.hpp"
#include "fetch/answer.hpp"
#include "fetch/answer_reader.hpp"
#include "fetch/response_body.hpp"

#include <optional>

#include "tests/fuzz/pieces.hpp"
#include "tests/fuzz/targets.hpp"

namespace tailrace::fuzz {
namespace {

constexpr std::uint64_t bytes_max = 512;
constexpr http::head_limits limits{1024, 16, 256};

struct understood {
  std::optional<std::size_t> body_at;
  unsigned status = 0;
  std::optional<errc> refusal;      // of the head
  std::optional<errc> verdict;      // of judge_answer()
  std::optional<errc> body_failed;  // the origin closed at the end
  std::string location;
  std::string body;
  std::size_t used = 0;  // bytes of the body with its framing

  bool operator==(const understood&) const = default;
};

// The head, from pieces; the bytes behind it are left for the body.
void read_head(understood& out, fetch::answer_reader& reader, std::string_view text,
               std::size_t piece_bytes) {
  std::size_t received = 0;
  for (pieces p(text, piece_bytes); p.left() && !out.body_at && !out.refusal;) {
    received += p.next().size();
    const auto found = reader.feed(text.substr(0, received));
    if (found.has_error()) {
      require(found.error().code == errc::origin_bad_response, "one code for a bad head");
      out.refusal = found.error().code;
    } else if (*found) {
      require(**found <= received, "a head lies within what was received");
      out.body_at = *found;
    }
  }
}

void read_body(understood& out, const http::framing& framing, std::string_view text,
               std::size_t piece_bytes) {
  fetch::response_body body(framing, bytes_max);
  while (out.used < text.size() && !body.done()) {
    const std::size_t n = body.wanted(std::min(piece_bytes, text.size() - out.used));
    require(n > 0, "an unfinished body wants bytes");
    std::string raw(text.substr(out.used, n));
    const auto taken = body.take(std::as_writable_bytes(std::span(raw)));
    if (taken.has_error()) {
      out.body_failed = taken.error().code;
      return;
    }
    require(*taken <= n, "no more body than input");
    out.body.append(raw, 0, *taken);
    out.used += n;
  }
  require(out.body.size() <= bytes_max, "the limit holds");
  if (!body.done() && body.close().has_error()) out.body_failed = errc::origin_incomplete;
}

understood understand(std::string_view text, std::size_t piece_bytes) {
  static const fetch::url asked = fetch::parse_url("https://origin.test:444/a/b?c", 8192).value();
  understood out;
  fetch::answer_reader reader(limits);
  read_head(out, reader, text, piece_bytes);
  if (!out.body_at) return out;
  out.status = reader.head().status;
  require(out.status >= 200 && out.status <= 999, "a final status has three digits");
  for (const unsigned redirects_left : {0U, 1U}) {
    const auto verdict =
        fetch::judge_answer(reader.head(), reader.framing(), asked, bytes_max, redirects_left, 256);
    out.verdict.reset();
    if (verdict.has_error()) out.verdict = verdict.error().code;
    if (verdict.has_value() && *verdict) {
      out.location = fetch::to_string(**verdict);
      require(fetch::parse_url(out.location, 1024).has_value(), "a redirect leads to a URL");
      require(out.location.starts_with("https://"), "https is not left");
      require(redirects_left > 0, "redirects have an end");
    }
  }
  if (!out.verdict && out.location.empty())
    read_body(out, reader.framing(), text.substr(*out.body_at), piece_bytes);
  return out;
}

}  // namespace

void answer_head(std::string_view input) {
  const std::string_view text = without_switches(input);
  const understood whole = understand(text, text.size());
  understood split = understand(text, piece_size(switches_of(input)));
  require(split.body_failed == whole.body_failed, "the split does not matter to the verdict");
  if (!whole.body_failed) split.used = whole.used;  // chunks: up to the end of a piece
  if (whole.body_failed) {
    require(split.body.starts_with(whole.body), "what came before a failure does not depend on it");
    split.body = whole.body;
    split.used = whole.used;
  }
  require(split == whole, "the split does not matter");
}

}  // namespace tailrace::fuzz
