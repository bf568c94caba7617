#include "api/digest_source.hpp"
#include "api/endpoints.hpp"
#include "api/source_request.hpp"
#include "http/json.hpp"

namespace tailrace::api {
namespace {

// JSON unless text is asked for by name; "*/*" is content with JSON.
bool wants_text(const io::exchange& e) noexcept {
  const http::field* accept = e.head.fields.find(http::field_name::accept);
  return accept != nullptr && accept->value.find("text/plain") != std::string_view::npos &&
         accept->value.find("application/json") == std::string_view::npos;
}

// A form has a meaning of its own here (many files); until it is understood it must not be
// digested as if it were one file.
result<void> check_content_type(const io::exchange& e) {
  const http::field* type = e.head.fields.find(http::field_name::content_type);
  constexpr std::string_view form = "multipart/form-data";
  if (e.head.method == http::method::post && type != nullptr &&
      http::equal_ignoring_case(type->value.substr(0, form.size()), form))
    return error(errc::unsupported_media_type,
                 "send the file itself as the body: multipart/form-data is not supported");
  return {};
}

// The form of sha256sum: two spaces, then the name; "-" for a body.
void write_text(http::response& answer, const digested& d, std::string_view name) {
  answer.content_type = "text/plain; charset=utf-8";
  for (const hash::digest& one : d.digests)
    answer.text.append(one.hex()).append("  ").append(name).append("\n");
}

void write_json(http::response& answer, const digested& d, const std::string& url,
                std::string_view content_type) {
  answer.content_type = "application/json";
  http::json_object json(answer.text);
  if (!url.empty()) json.add("url", url);
  json.add("bytes", d.bytes);
  if (!content_type.empty()) json.add("content_type", content_type);
  json.key("digests");
  http::json_object digests(answer.text);
  for (const hash::digest& one : d.digests) digests.add(hash::name_of(one.which), one.hex());
  digests.close();
  json.close();
  answer.text.push_back('\n');
}

struct hash_request {
  source_request source;
  deadline until;
};

result<hash_request> parse(const io::exchange& e) {
  auto query = parameters::parse(e.target.query);
  if (query.has_error()) return query.error();
  auto source = take_source(*query, e, "algorithm");
  if (source.has_error()) return source.error();
  const auto until = take_timeout(*query, e, deadline{});
  if (until.has_error()) return until.error();
  if (const auto done = query->done(); done.has_error()) return done.error();
  if (const auto type = check_content_type(e); type.has_error()) return type.error();
  if (source->algorithms.empty()) source->algorithms.push_back(hash::algorithm::sha256);
  return hash_request{std::move(*source), *until};
}

// `fetched` is null for a body.
result<void> write(io::exchange& e, const hash_request& wanted, const digested& done,
                   const fetch::source* fetched) {
  if (wanted.source.verify) {
    const auto same = check(*wanted.source.verify, done.digests);
    if (same.has_error()) return same.error();
  }
  e.hash_overlapped = done.overlapped;
  const std::string& url = wanted.source.url;
  const http::field* sent_type = e.head.fields.find(http::field_name::content_type);
  if (wants_text(e)) {
    write_text(e.answer, done, url.empty() ? "-" : std::string_view(url));
  } else if (fetched != nullptr) {
    write_json(e.answer, done, url, fetched->head().content_type);
  } else {
    write_json(e.answer, done, {}, sent_type != nullptr ? sent_type->value : std::string_view());
  }
  e.answer.add("Vary", "Accept");
  return {};
}

}  // namespace

std::optional<result<void>> try_answer_hash(context& c, io::exchange& e) {
  const std::uint64_t bytes_max = c.process.config.hash_bytes_max;
  const std::uint64_t inline_max = c.process.config.hash_inline_bytes_max;
  const std::uint64_t size = e.body.size().value_or(0);
  if (e.head.method != http::method::post || size > inline_max) return std::nullopt;
  if (bytes_max != 0 && size > bytes_max) return std::nullopt;
  const auto bytes = e.body.take_whole();
  if (!bytes) return std::nullopt;
  const auto wanted = parse(e);
  if (wanted.has_error()) return wanted.error();
  const digested done = digest_now(c, *bytes, wanted->source.algorithms, e.stages);
  return write(e, *wanted, done, nullptr);
}

io::awaitable<result<void>> answer_hash(context& c, io::exchange& e) {
  const auto wanted = parse(e);
  if (wanted.has_error()) co_return wanted.error();
  const std::uint64_t bytes_max = c.process.config.hash_bytes_max;
  const auto opened = co_await open_source(c, e, wanted->source, wanted->until, bytes_max);
  if (opened.has_error()) co_return opened.error();
  const auto done =
      co_await digest_opened(c, *opened->bytes, wanted->source.algorithms, bytes_max, e.stages);
  if (done.has_error()) co_return done.error();
  co_return write(e, *wanted, *done, opened->fetched.get());
}

}  // namespace tailrace::api
