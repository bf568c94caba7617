#include "http/head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/optional.hpp>

namespace tailrace::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::string_view;

std::string_view view(string_view s) noexcept {
  return {s.data(), s.size()};
}

// Hands Beast's callbacks on as views. Only the head is ever put in: bodies are framed by
// http/framing.hpp, so the body callbacks cannot be reached.
template <bool IsRequest>
class collector : public beast::http::basic_parser<IsRequest> {
  using head_type = std::conditional_t<IsRequest, request_head, response_head>;

 public:
  explicit collector(head_type& into) noexcept : head_(into) {
    this->body_limit(boost::none);
    this->header_limit(std::numeric_limits<std::uint32_t>::max());  // the scanner has limited it
    this->eager(false);
  }

 private:
  void on_request_impl(beast::http::verb, string_view method, string_view target, int version,
                       error_code& ec) override {
    if constexpr (IsRequest) {
      head_.method_text = view(method);
      head_.target = view(target);
      ec = take_version(version);
    }
  }
  void on_response_impl(int status, string_view, int version, error_code& ec) override {
    if constexpr (!IsRequest) {
      head_.status = static_cast<unsigned>(status);
      ec = take_version(version);
    }
  }
  error_code take_version(int version) noexcept {
    if (version != 10 && version != 11) return beast::http::error::bad_version;
    head_.version = version == 11 ? version::http_1_1 : version::http_1_0;
    return {};
  }
  void on_field_impl(field_name id, string_view name, string_view value, error_code&) override {
    head_.fields.add({id, view(name), view(value)});
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  head_type& head_;
};

template <bool IsRequest, class Head>
error_code parse(std::string_view bytes, Head& into) {
  into.fields.clear();
  collector<IsRequest> parser(into);
  error_code ec;
  parser.put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
  if (!ec && !parser.is_header_done()) ec = beast::http::error::partial_message;
  return ec;
}

method method_of(std::string_view text) noexcept {
  if (text == "GET") return method::get;
  if (text == "POST") return method::post;
  if (text == "HEAD") return method::head;
  if (text == "OPTIONS") return method::options;
  return method::other;
}

}  // namespace

result<void> parse_head(std::string_view bytes, request_head& into) {
  into.clear();  // a refused head must not keep views of the one before
  const auto ec = parse<true>(bytes, into);
  into.method = method_of(into.method_text);  // of a refused request too, for the metrics
  if (ec) return error(errc::bad_request, ec.message());
  return {};
}

result<void> parse_head(std::string_view bytes, response_head& into) {
  if (const auto ec = parse<false>(bytes, into))
    return error(errc::origin_bad_response, ec.message());
  return {};
}

const field* fields::find(field_name id) const noexcept {
  for (const field& f : list_)
    if (f.id == id) return &f;
  return nullptr;
}

const field* fields::find(std::string_view name) const noexcept {
  for (const field& f : list_)
    if (equal_ignoring_case(f.name, name)) return &f;
  return nullptr;
}

std::size_t fields::count(field_name id) const noexcept {
  std::size_t n = 0;
  for (const field& f : list_) n += f.id == id ? 1 : 0;
  return n;
}

std::string_view name_of(method m) noexcept {
  switch (m) {
    case method::get:
      return "GET";
    case method::head:
      return "HEAD";
    case method::post:
      return "POST";
    case method::options:
      return "OPTIONS";
    case method::other:
      break;
  }
  return "other";
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return beast::iequals(string_view(a.data(), a.size()), string_view(b.data(), b.size()));
}

bool list_has(std::string_view list, std::string_view token) noexcept {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (equal_ignoring_case(trimmed(list.substr(0, comma)), token)) return true;
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return false;
}

}  // namespace tailrace::http
