#include "api/digest_source.hpp"
#include "api/endpoints.hpp"
#include "api/multipart_body.hpp"
#include "api/progress.hpp"
#include "api/source_request.hpp"
#include "compute/hash/checksum_line.hpp"
#include "http/json.hpp"
#include "io/counted_source.hpp"

namespace tailrace::api {
namespace {

// JSON unless text is asked for by name; "*/*" is content with JSON.
bool wants_text(const io::exchange& e) noexcept {
  const http::field* accept = e.head.fields.find(http::field_name::accept);
  return accept != nullptr && accept->value.find("text/plain") != std::string_view::npos &&
         accept->value.find("application/json") == std::string_view::npos;
}

// As sha256sum has it; "-" for a body.
void write_text(http::response& answer, const digested& d, std::string_view name) {
  answer.content_type = "text/plain; charset=utf-8";
  for (const hash::digest& one : d.digests) answer.text += hash::checksum_line(one, name, {});
}

void write_json(http::response& answer, const digested& d, const std::string& url,
                std::string_view content_type) {
  answer.content_type = "application/json";
  http::json_object json(answer.text);
  if (!url.empty()) json.add("url", url);
  json.add("bytes", d.bytes);
  if (!content_type.empty()) json.add("content_type", content_type);
  json.key("digests");
  append_digests(answer.text, d.digests);
  json.close();
  answer.text.push_back('\n');
}

struct hash_request {
  source_request source;
  deadline until;
  std::optional<std::string> boundary;  // of a form
  bool text = false;
  bool progress = false;
};

result<hash_request> parse(const io::exchange& e) {
  auto query = parameters::parse(e.target.query);
  if (query.has_error()) return query.error();
  auto source = take_source(*query, e, "algorithm");
  if (source.has_error()) return source.error();
  const auto until = take_timeout(*query, e, deadline{});
  if (until.has_error()) return until.error();
  const auto progress = query->take_choice("progress", "0", "1");
  if (progress.has_error()) return progress.error();
  if (const auto done = query->done(); done.has_error()) return done.error();
  if (source->algorithms.empty()) source->algorithms.push_back(hash::algorithm::sha256);
  hash_request wanted{std::move(*source), *until};
  // An answer to HEAD has no lines to tell it by.
  wanted.progress = *progress && e.head.method != http::method::head;
  wanted.text = !wanted.progress && wants_text(e);
  const http::field* const type = e.head.fields.find(http::field_name::content_type);
  if (e.head.method != http::method::post || type == nullptr) return wanted;
  auto boundary = http::form_boundary(type->value);
  if (boundary.has_error()) return boundary.error();
  wanted.boundary = std::move(*boundary);
  if (wanted.boundary && wanted.source.verify)
    return error(errc::bad_parameter, "verify is for one file, and a form may have many");
  return wanted;
}

// `fetched` is null for a body.
result<void> write(io::exchange& e, const hash_request& wanted, const digested& done,
                   const fetch::source* fetched) {
  if (wanted.source.verify) {
    const auto same = check(*wanted.source.verify, done.digests);
    if (same.has_error()) return same.error();
  }
  const std::string& url = wanted.source.url;
  const http::field* sent_type = e.head.fields.find(http::field_name::content_type);
  if (wanted.text) {
    write_text(e.answer, done, url.empty() ? "-" : std::string_view(url));
  } else if (fetched != nullptr) {
    write_json(e.answer, done, url, fetched->head().content_type);
  } else {
    write_json(e.answer, done, {}, sent_type != nullptr ? sent_type->value : std::string_view());
  }
  e.answer.add("Vary", "Accept");
  return {};
}

// The digests of one part of a form.
void write_part(http::response& answer, const http::part_head& part, const digested& d, bool text) {
  if (text) {
    write_text(answer, d, part.filename ? *part.filename : part.name);
    return;
  }
  http::json_object json(answer.text);
  json.add("name", part.name);
  if (part.filename) json.add("filename", *part.filename);
  json.add("bytes", d.bytes);
  json.key("digests");
  append_digests(answer.text, d.digests);
  json.close();
}

io::awaitable<result<void>> digest_form(context& c, io::exchange& e, const hash_request& wanted,
                                        io::byte_source& body) {
  auto form = multipart_body::make(c, body, *wanted.boundary);
  if (form.has_error()) co_return form.error();
  const std::uint64_t bytes_max = c.process.config.hash_bytes_max;
  const unsigned parts_max = c.process.config.multipart_parts_max;
  if (!wanted.text) e.answer.text = "{\"parts\":[";
  for (unsigned parts = 0;; ++parts) {
    const time_point began = c.thread.time.now();
    auto finding = form->next();
    const auto part = co_await std::move(finding);
    e.stages.add(stage::download, c.thread.time.now() - began);
    if (part.has_error()) co_return part.error();
    if (!*part) break;
    if (parts == parts_max)
      co_return error(errc::body_too_large,
                      "more than " + std::to_string(parts_max) + " parts (multipart-parts-max)");
    auto digesting = digest_source(c, *form, wanted.source.algorithms, bytes_max, e.stages);
    const auto done = co_await std::move(digesting);
    if (done.has_error()) co_return done.error();
    if (!wanted.text && parts > 0) e.answer.text.push_back(',');
    write_part(e.answer, **part, *done, wanted.text);
  }
  if (!wanted.text) e.answer.text.append("]}\n");
  e.answer.content_type = wanted.text ? "text/plain; charset=utf-8" : "application/json";
  e.answer.add("Vary", "Accept");
  co_return result<void>();
}

// `figures`, unless null, are kept up to date.
io::awaitable<result<void>> digest_wanted(context& c, io::exchange& e, const hash_request& wanted,
                                          progress_figures* figures) {
  const std::uint64_t bytes_max = c.process.config.hash_bytes_max;
  auto opening = open_source(c, e, wanted.source, wanted.until, bytes_max);
  const auto opened = co_await std::move(opening);
  if (opened.has_error()) co_return opened.error();
  io::byte_source* bytes = opened->bytes;
  std::optional<io::counted_source> counted;
  if (figures != nullptr) {
    figures->total = bytes->size();
    bytes = &counted.emplace(*bytes, figures->bytes);
  }
  if (wanted.boundary) {
    auto digesting = digest_form(c, e, wanted, *bytes);
    co_return co_await std::move(digesting);
  }
  auto digesting = digest_opened(c, *bytes, wanted.source.algorithms, bytes_max, e.stages);
  const auto done = co_await std::move(digesting);
  if (done.has_error()) co_return done.error();
  co_return write(e, wanted, *done, opened->fetched.get());
}

// A form, or lines of progress: told without parsing what then waits after all.
bool may_be_more_than_digests(const io::exchange& e) noexcept {
  constexpr std::string_view form = "multipart/";
  const http::field* const type = e.head.fields.find(http::field_name::content_type);
  return (type != nullptr && http::equal_ignoring_case(type->value.substr(0, form.size()), form)) ||
         e.target.query.find("progress") != std::string_view::npos;
}

}  // namespace

std::optional<result<void>> try_answer_hash(context& c, io::exchange& e) {
  const std::uint64_t bytes_max = c.process.config.hash_bytes_max;
  const std::uint64_t inline_max = c.process.config.hash_inline_bytes_max;
  const std::uint64_t size = e.body->size().value_or(0);
  if (e.head.method != http::method::post || size > inline_max) return std::nullopt;
  if (bytes_max != 0 && size > bytes_max) return std::nullopt;
  if (may_be_more_than_digests(e)) return std::nullopt;
  const auto bytes = e.body->take_whole();
  if (!bytes) return std::nullopt;
  const auto wanted = parse(e);
  if (wanted.has_error()) return wanted.error();
  const digested done = digest_now(c, *bytes, wanted->source.algorithms, e.stages);
  return write(e, *wanted, done, nullptr);
}

io::awaitable<result<void>> answer_hash(context& c, io::exchange& e) {
  const auto wanted = parse(e);
  if (wanted.has_error()) co_return wanted.error();
  if (!wanted->progress) {
    auto digesting = digest_wanted(c, e, *wanted, nullptr);
    co_return co_await std::move(digesting);
  }
  progress_figures figures;
  auto digesting = digest_wanted(c, e, *wanted, &figures);
  auto reporting = with_progress(c, e, figures, std::move(digesting));
  co_return co_await std::move(reporting);
}

}  // namespace tailrace::api
