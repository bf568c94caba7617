#include "tests/support/framing_check.hpp"

#include "core/body.hpp"
#include "http/head.hpp"

#include <algorithm>

namespace tailrace::test {

std::ostream& operator<<(std::ostream& out, const framing_verdict& v) {
  out << (v.complete ? "complete" : "incomplete");
  if (v.refused) out << ", refused: " << name_of(*v.refused);
  return out << ", body '" << v.body << "', keep-alive " << v.keep_alive << ", " << v.bytes
             << " bytes";
}

void framing_check::feed(std::string_view piece) {
  received_.append(piece);
  if (verdict_.complete || verdict_.refused) return;
  if (!framing_) {
    const auto received = receive_head();
    if (received.has_error()) verdict_.refused = received.error().code;
  }
  if (!framing_) return;
  const auto received = receive_body();
  if (received.has_error()) verdict_.refused = received.error().code;
}

result<void> framing_check::receive_head() {
  const auto found = scanner_.scan(received_);
  if (found.has_error()) return found.error();
  if (!*found) return {};
  http::request_head head;
  const auto whole = std::string_view(received_).substr(0, **found);
  const auto parsed = http::parse_head(whole.substr(scanner_.start()), head);
  if (parsed.has_error()) return parsed.error();
  const auto framed = http::frame_request(head);
  if (framed.has_error()) return framed.error();
  framing_ = *framed;
  verdict_.keep_alive = framed->keep_alive;
  bytes_ = **found;
  received_.erase(0, **found);
  return {};
}

result<void> framing_check::receive_body() {
  std::size_t used = 0;
  if (framing_->kind == http::body_kind::length) {
    used = std::min<std::uint64_t>(received_.size(), framing_->length - verdict_.body.size());
    verdict_.body.append(received_, 0, used);
    verdict_.complete = verdict_.body.size() == framing_->length;
  } else if (framing_->kind == http::body_kind::chunked) {
    while (used < received_.size() && !chunks_.done()) {
      const auto step = chunks_.next(as_bytes(std::string_view(received_).substr(used)));
      if (step.has_error()) return step.error();
      verdict_.body += as_text(step->data);
      used += step->consumed;
    }
    verdict_.complete = chunks_.done();
  } else {
    verdict_.complete = true;
  }
  bytes_ += used;
  received_.erase(0, used);
  if (verdict_.complete) verdict_.bytes = bytes_;
  return {};
}

framing_verdict check_framing(std::string_view bytes, std::size_t split) {
  framing_check check;
  check.feed(bytes.substr(0, split));
  check.feed(bytes.substr(split));
  return check.verdict();
}

}  // namespace tailrace::test
