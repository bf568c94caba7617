// Everything pure between the bytes of a request head and the parameters of an endpoint.
#include "api/parameters.hpp"
#include "compute/hash/algorithm.hpp"
#include "http/framing.hpp"
#include "http/head.hpp"
#include "http/head_scanner.hpp"
#include "http/option_table.hpp"
#include "http/query.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "tests/fuzz/pieces.hpp"
#include "tests/fuzz/targets.hpp"

namespace tailrace::fuzz {
namespace {

constexpr http::head_limits limits{1024, 16, 256};

struct scanned {
  std::optional<std::size_t> end;
  std::size_t start = 0;
  std::optional<errc> refusal;
  std::string why;

  bool operator==(const scanned&) const = default;
};

scanned scan(std::string_view text, std::size_t piece_bytes) {
  http::head_scanner scanner(limits);
  scanned out;
  std::size_t received = 0;
  for (pieces p(text, piece_bytes); p.left() && !out.end && !out.refusal;) {
    received += p.next().size();
    const auto found = scanner.scan(text.substr(0, received));
    if (found.has_error()) {
      out.refusal = found.error().code;
      out.why = found.error().detail;
    } else {
      out.end = *found;
    }
  }
  out.start = scanner.start();
  return out;
}

void check_field(const http::field& f) {
  const auto is_text = [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return u == '\t' || (u >= 0x20 && u != 0x7f);
  };
  require(!f.name.empty(), "a field has a name");
  require(f.name.find_first_of(" \t:()<>@,;\\\"/[]?={}") == std::string_view::npos, "a field name");
  require(std::all_of(f.value.begin(), f.value.end(), is_text), "a field value is one line");
}

bool same(const http::framing& a, const http::framing& b) noexcept {
  return a.kind == b.kind && a.length == b.length && a.keep_alive == b.keep_alive &&
         a.expect_continue == b.expect_continue;
}

void check_framing(const http::request_head& head, const http::framing& f) {
  const bool has_length = head.fields.count(http::field_name::content_length) > 0;
  const bool has_coding = head.fields.count(http::field_name::transfer_encoding) > 0;
  require(!(has_length && has_coding), "a request has one framing");
  require((f.kind == http::body_kind::chunked) == has_coding, "chunked is what says so");
  require((f.kind == http::body_kind::length) == (f.length > 0), "a length is more than none");
  require(f.kind != http::body_kind::until_close, "a request does not end with its connection");
  require(head.fields.count(http::field_name::host) <= 1, "one Host");
}

// The head as we understood it, written out plainly, must be understood the same.
void check_round_trip(const http::request_head& head, const http::framing& framing) {
  std::string text(head.method_text);
  text.append(" ").append(head.target);
  text.append(head.version == http::version::http_1_1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  for (const auto& f : head.fields) text.append(f.name).append(": ").append(f.value).append("\r\n");
  text.append("\r\n");
  http::head_scanner scanner({8192, 100, 8192});
  const auto end = scanner.scan(text);
  require(end.has_value() && *end == text.size(), "a plain head is a head");
  http::request_head again;
  require(http::parse_head(text, again).has_value(), "a plain head can be parsed");
  require(again.method == head.method && again.target == head.target, "the same request");
  require(again.fields.size() == head.fields.size(), "the same fields");
  const auto framed = http::frame_request(again);
  require(framed.has_value() && same(*framed, framing), "the same framing");
}

void check_options(const image_options& o) {
  require(!o.quality || (*o.quality >= 1 && *o.quality <= 100), "quality within 1..100");
  const gravity& g = o.gravity_at;
  require(std::isfinite(g.x) && std::isfinite(g.y), "gravity is finite");
  if (g.type == gravity::kind::focus_point)
    require(g.x >= 0 && g.x <= 1 && g.y >= 0 && g.y <= 1, "a focus point lies in the image");
}

void check_algorithms(const std::string& value) {
  if (const auto all = hash::parse_algorithms(value); all.has_value()) {
    require(!all->empty() && all->size() <= hash::algorithm_names.size(), "each algorithm once");
    auto sorted = *all;
    std::sort(sorted.begin(), sorted.end());
    require(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(), "none twice");
  }
  if (const auto expected = hash::parse_expectation(value); expected.has_value()) {
    require(expected->hex.size() == 2 * hash::size_of(expected->which), "a digest has its size");
    require(expected->hex.find_first_not_of("0123456789abcdef") == std::string::npos, "lower case");
  }
}

void check_query(std::string_view query) {
  const auto parsed = api::parameters::parse(query);
  if (parsed.has_error()) {
    require(parsed.error().code == errc::bad_parameter, "one code for bad parameters");
    return;
  }
  for (const auto booleans : {http::unknown_boolean::refused, http::unknown_boolean::is_false}) {
    image_options options;
    for (const http::parameter& p : parsed->left()) {
      require(!p.name.empty() && p.value.find('\0') == std::string::npos, "a parameter");
      require(p.name.size() + p.value.size() <= query.size(), "decoding does not grow");
      const auto known = http::apply_option(options, p.name, p.value, booleans);
      if (known.has_error())
        require(known.error().code == errc::bad_parameter, "one code for bad options");
      if (known.has_value()) check_options(options);
      check_algorithms(p.value);
    }
  }
}

}  // namespace

void request_head(std::string_view input) {
  const std::string_view text = without_switches(input);
  const scanned found = scan(text, text.size());
  require(scan(text, piece_size(switches_of(input))) == found, "the split does not matter");
  check_query(text.substr(0, text.find('\r')));  // most inputs are no heads, but may be queries
  if (!found.end) return;

  const std::string_view bytes = text.substr(0, *found.end);
  require(bytes.ends_with("\r\n\r\n") && found.start < *found.end,
          "a head ends with an empty line");
  require(*found.end - found.start <= limits.bytes_max, "the limit holds");
  http::request_head head;
  const auto parsed = http::parse_head(bytes.substr(found.start), head);
  if (parsed.has_error()) {
    require(parsed.error().code == errc::bad_request, "a bad head is a bad request");
    return;
  }
  require(!head.method_text.empty() && !head.target.empty(), "a request line has three parts");
  require(head.target.size() <= limits.line_max, "the limit of the start line holds");
  require(head.fields.size() <= limits.fields_max, "the limit of the fields holds");
  for (const http::field& f : head.fields) check_field(f);
  const auto framed = http::frame_request(head);
  if (framed.has_error()) return;
  check_framing(head, *framed);
  check_round_trip(head, *framed);
  const http::target target = http::split_target(head.target);
  require(target.path == "*" || target.path.starts_with('/'), "a path begins with a slash");
  check_query(target.query);
}

}  // namespace tailrace::fuzz
