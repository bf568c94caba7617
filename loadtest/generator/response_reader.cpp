#include "loadtest/generator/response_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace tailrace::load {

namespace http = boost::beast::http;
using boost::system::error_code;
using beast_view = boost::beast::string_view;

// What a connection may keep of a large body's room for the next one.
constexpr std::size_t resting_bytes_max = 1024 * 1024;

class response_reader::parser final : public http::basic_parser<false> {
 public:
  parser(bool head_request, const capture& keep, std::string& body)
      : headers(keep.headers.size()), keep_(keep), body_(body) {
    eager(true);
    skip(head_request);
    header_limit(64 * 1024);
    body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  unsigned status = 0;
  std::uint64_t body_bytes = 0;
  std::vector<std::optional<std::string>> headers;  // as in capture

 private:
  void on_request_impl(http::verb, beast_view, beast_view, int, error_code&) override {}
  void on_response_impl(int code, beast_view, int, error_code&) override {
    status = static_cast<unsigned>(code);
  }
  void on_field_impl(http::field name, beast_view text, beast_view value, error_code&) override {
    if (name == http::field::content_length) ++lengths_;
    if (name == http::field::transfer_encoding) ++encodings_;
    for (std::size_t i = 0; i < headers.size(); ++i) {
      if (!in_trailer_ && boost::beast::iequals(text, keep_.headers[i]))
        keep_value(headers[i], value);
    }
  }
  void on_header_impl(error_code& ec) override {
    in_trailer_ = true;
    if (lengths_ + encodings_ > 1) ec = http::error::bad_content_length;
    if (encodings_ == 1 && !chunked()) ec = http::error::bad_transfer_encoding;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast_view body, error_code&) override {
    keep_body(body);
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast_view body, error_code&) override {
    keep_body(body);
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  // A field that comes twice is a list (RFC 9110, 5.3).
  static void keep_value(std::optional<std::string>& kept, beast_view value) {
    if (kept) {
      kept->append(", ").append(value);
    } else {
      kept = std::string(value);
    }
  }
  void keep_body(beast_view piece) {
    body_bytes += piece.size();
    const std::size_t room = keep_.body_bytes_max - body_.size();
    body_.append(piece.data(), std::min(room, piece.size()));
  }

  const capture& keep_;
  std::string& body_;
  bool in_trailer_ = false;
  int lengths_ = 0;
  int encodings_ = 0;
};

response_reader::response_reader() = default;
response_reader::~response_reader() = default;

void response_reader::begin(bool head_request, const capture& keep) {
  head_request_ = head_request;
  keep_ = &keep;
  started_ = false;
  unparsed_.clear();
  body_.clear();
  if (body_.capacity() > resting_bytes_max) body_.shrink_to_fit();
  parser_ = std::make_unique<parser>(head_request, keep, body_);
}

response_reader::verdict response_reader::feed(std::span<const char> bytes) {
  if (bytes.empty()) return verdict::more;
  started_ = true;
  if (unparsed_.empty()) return parse(bytes);
  std::string joined = std::move(unparsed_);
  joined.append(bytes.data(), bytes.size());
  unparsed_.clear();
  return parse(joined);
}

response_reader::verdict response_reader::parse(std::span<const char> bytes) {
  while (!bytes.empty()) {
    error_code ec;
    const auto used = parser_->put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
    bytes = bytes.subspan(used);
    if (ec == http::error::need_more) break;
    if (ec) return verdict::bad;
    if (!parser_->is_done()) continue;
    const bool interim = parser_->status < 200;
    if (!interim) return bytes.empty() ? verdict::whole : verdict::bad;
    if (parser_->status == 101) return verdict::bad;
    parser_ = std::make_unique<parser>(head_request_, *keep_, body_);
  }
  unparsed_.assign(bytes.data(), bytes.size());
  return verdict::more;
}

response_reader::verdict response_reader::end_of_stream() {
  error_code ec;
  if (!parser_->got_some()) return verdict::truncated;
  parser_->put_eof(ec);
  return !ec && parser_->is_done() ? verdict::whole : verdict::truncated;
}

answer response_reader::kept() const noexcept {
  return {parser_->status, parser_->headers, body_, parser_->body_bytes};
}
bool response_reader::keeps_alive() const noexcept {
  return parser_->keep_alive();
}

}  // namespace tailrace::load
