#include "loadtest/origin/answer.hpp"

#include "loadtest/origin/gzip.hpp"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace tailrace::load::faulty {
namespace {

constexpr std::uint64_t generated_max = std::uint64_t{1} << 40U;
// Of bodies that are built in memory: compressed, or framed wrongly.
constexpr std::uint64_t built_max = 1 << 20;
constexpr std::uint64_t hops_max = 1000;

// Thrown where a request is not understood, with the reason for its sender.
struct misunderstood {
  std::string_view prefix;
  std::string reason;
};

// What a path gives, before any fault.
struct resource {
  unsigned status = 200;
  content body = {};
  std::string fields = {};
};

std::string field(std::string_view name, std::string_view value) {
  return std::string(name).append(": ").append(value).append("\r\n");
}

std::string start_line(std::string_view version, unsigned status) {
  const auto reason =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return std::string(version) + std::to_string(status) + " " + std::string(reason) + "\r\n";
}

resource bytes(std::string_view rest, const wish& w) {
  const auto size = parse_number(rest, generated_max);
  if (!size) throw misunderstood{"/bytes", "/bytes/N takes a number of bytes"};
  return {200, content::generated(w.seed, w.endless ? content::endless : *size)};
}

resource file(std::string_view name, const files& site) {
  const auto found = site.find(name);
  if (found == site.end()) return {404};
  return {200, content::of(found->second)};
}

resource redirect(std::string_view rest, const wish& w) {
  const auto hops = parse_number(rest, hops_max);
  if (!hops) throw misunderstood{"/redirect", "/redirect/N takes a number of at most 1000"};
  const std::string to = w.to.empty() ? "/bytes/1000" : w.to;
  const std::string more = "/redirect/" + std::to_string(*hops - 1) + "?to=" + percent_encoded(to);
  return {302, {}, field("Location", *hops > 1 ? more : to)};
}

std::string_view prefix_of(std::string_view path) {
  for (const std::string_view prefix : {"/bytes", "/file", "/redirect"})
    if (path.starts_with(prefix) && path.substr(prefix.size()).starts_with('/')) return prefix;
  return "other";
}

resource resource_at(const request& r, std::string_view prefix, const wish& w, const files& site) {
  const std::string_view rest =
      std::string_view(r.path).substr(std::min(r.path.size(), prefix.size() + 1));
  if (!w.to.empty() && prefix != "/redirect") throw misunderstood{prefix, "to is of /redirect/N"};
  if (w.endless && prefix != "/bytes") throw misunderstood{prefix, "endless is of /bytes/N"};
  if (prefix == "/bytes") return bytes(rest, w);
  if (prefix == "/file") return file(rest, site);
  if (prefix == "/redirect") return redirect(rest, w);
  throw misunderstood{prefix, "there are /bytes/N, /file/NAME, /redirect/N and /_counters"};
}

std::string head_of(const resource& of, const wish& w, std::uint64_t size, bool keep_alive) {
  std::string head;
  for (unsigned i = 0; i < w.interim; ++i)
    head += "HTTP/1.1 103 Early Hints\r\n" + field("Link", "</" + std::to_string(i) + ">") + "\r\n";
  head += start_line(w.framing->status_line, of.status);
  head += field("Server", "tailrace-origin");
  head += field("Content-Type", w.content_type.empty() ? "application/octet-stream"
                                                       : std::string_view(w.content_type));
  if (!w.etag.empty()) head += field("ETag", w.etag);
  if (!w.cache_control.empty()) head += field("Cache-Control", w.cache_control);
  if (w.gzip) head += field("Content-Encoding", "gzip");
  head += of.fields;
  for (unsigned i = 0; i < w.headers; ++i)
    head += field("X-Flood-" + std::to_string(i), "more than anybody needs");
  // Where the status allows no body, its framing would be a fault of its own.
  if (of.status != 304 && of.status != 204) head += fields_of(*w.framing, size);
  if (!keep_alive && w.framing->name != "close") head += field("Connection", "close");
  return head + "\r\n";
}

std::string built(const content& body, std::string_view prefix) {
  if (body.size() > built_max || body.size() == 0)
    throw misunderstood{prefix, "gzip and wrong framings take bodies of 1 byte to 1 MiB"};
  return body.text();
}

// The resource as it was wished for, on the wire.
message message_of(resource found, const request& r, const wish& w, std::string_view prefix,
                   bool keep_alive) {
  if (!w.etag.empty() && r.if_none_match == w.etag) found.status = 304;
  if (w.status != 0) found.status = w.status;
  if (found.status == 304 || found.status == 204) found.body = {};
  if (w.gzip && found.body.size() > 0) found.body = content::of(gzipped(built(found.body, prefix)));
  std::string head = head_of(found, w, found.body.size(), keep_alive);
  if (r.method == "HEAD") found.body = {};
  const bool has_body = r.method != "HEAD" && found.status != 304 && found.status != 204;
  if (has_body && !w.framing->valid) {
    std::string text = built(found.body, prefix);
    if (w.framing->body != nullptr) text = w.framing->body(text);
    found.body = content::of(std::move(text));
  }
  return {std::move(head), std::move(found.body),
          has_body && w.framing->chunked ? w.chunk_bytes : 0};
}

using std::chrono::milliseconds;

std::optional<mark> end_mark(const message& m, const wish& w, bool close_notify) {
  const std::uint64_t half_body =
      m.size() == content::endless ? m.head_size() + 1 : (m.head_size() + m.size()) / 2;
  switch (w.stall) {
    case stall::head:
      return mark{0, {action::stall}};
    case stall::mid_head:
      return mark{m.head_size() / 2, {action::stall}};
    case stall::body:
      return mark{half_body, {action::stall}};
    case stall::never:
      break;
  }
  if (w.reset) return mark{*w.reset, {action::reset}};
  if (w.cut) return mark{*w.cut, {close_notify ? action::close : action::close_rudely}};
  return std::nullopt;
}

// In the order of their places.
std::vector<mark> marks_of(const message& m, const wish& w, const habits& usual, double luck,
                           const std::optional<mark>& end) {
  std::vector<mark> marks;
  const unsigned latency = w.latency_ms.value_or(usual.latency_ms) +
                           static_cast<unsigned>(std::lround(luck * w.jitter_ms));
  if (latency > 0) marks.push_back({0, {action::wait, {}, milliseconds(latency)}});
  if (w.body_latency_ms > 0 && (!end || end->at >= m.head_size()))
    marks.push_back({m.head_size(), {action::wait, {}, milliseconds(w.body_latency_ms)}});
  if (end) marks.push_back(*end);
  return marks;
}

answer understood(const request& r, const files& site, const habits& usual, double luck) {
  const std::string_view prefix = prefix_of(r.path);
  if (r.method != "GET" && r.method != "HEAD")
    throw misunderstood{prefix, "only GET and HEAD are answered"};
  const auto parsed = parse_wish(r.query);
  if (const auto* reason = std::get_if<std::string>(&parsed)) throw misunderstood{prefix, *reason};
  const auto& w = std::get<wish>(parsed);
  const bool keep = r.keep_alive && !w.close && !w.framing->closes;
  message m = message_of(resource_at(r, prefix, w, site), r, w, prefix, keep);
  const bool close_notify = usual.close_notify && !w.no_close_notify;
  const auto end = end_mark(m, w, close_notify);
  // A fault behind the last byte would never happen, but for a reset right behind it.
  if (end && end->at >= m.size() + (end->then.what == action::reset ? 1 : 0))
    throw misunderstood{prefix, "the answer has only " + std::to_string(m.size()) + " bytes"};
  auto marks = marks_of(m, w, usual, luck, end);
  const action closing = close_notify ? action::close : action::close_rudely;
  return {{std::move(m), std::move(marks), w.trickle_bytes_per_s, keep ? action::keep : closing},
          prefix};
}

}  // namespace

answer answer_to(const request& r, const files& site, const habits& usual, double luck) try {
  return understood(r, site, usual, luck);
} catch (const misunderstood& m) {
  return {plain_reply(400, "text/plain", m.reason + "\n", r.keep_alive), m.prefix, true};
}

reply plain_reply(unsigned status, std::string_view type, std::string text, bool keep_alive) {
  std::string head = start_line("HTTP/1.1 ", status) + field("Content-Type", type) +
                     field("Content-Length", std::to_string(text.size()));
  if (!keep_alive) head += field("Connection", "close");
  return {{head + "\r\n", content::of(std::move(text)), 0},
          {},
          0,
          keep_alive ? action::keep : action::close};
}

}  // namespace tailrace::load::faulty
