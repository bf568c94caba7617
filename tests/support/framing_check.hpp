// Receives one request as a session does, by the pure parts of http/ alone: no socket, no clock.
// What it says must not depend on how the bytes were split.
#pragma once
#include "core/error.hpp"
#include "http/chunk_decoder.hpp"
#include "http/framing.hpp"
#include "http/head_scanner.hpp"

#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace tailrace::test {

struct framing_verdict {
  bool complete = false;        // a request was received whole
  std::optional<errc> refused;  // or this became of it
  std::string body;             // decoded so far
  bool keep_alive = false;
  std::size_t bytes = 0;  // of a complete request

  bool operator==(const framing_verdict&) const = default;
};

std::ostream& operator<<(std::ostream& out, const framing_verdict& v);

class framing_check {
 public:
  // The next bytes of a connection. What follows a complete or refused request is not looked at.
  void feed(std::string_view piece);

  const framing_verdict& verdict() const noexcept { return verdict_; }

 private:
  result<void> receive_head();
  result<void> receive_body();

  http::head_scanner scanner_{http::head_limits{}};
  std::optional<http::framing> framing_;  // once the head is there
  http::chunk_decoder chunks_{errc::bad_request};
  std::string received_;   // not dealt with yet
  std::size_t bytes_ = 0;  // dealt with
  framing_verdict verdict_;
};

// One request given in two pieces.
framing_verdict check_framing(std::string_view bytes, std::size_t split);

}  // namespace tailrace::test
