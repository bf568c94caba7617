// Reads one response off a connection and says when it is whole; of header and body it keeps what
// it is told to. Stricter than the parser under it where laxness could give a byte to the wrong
// request: two Content-Lengths, one beside Transfer-Encoding, or a byte after the end make the
// response bad. Pure: bytes in, a verdict out. Belongs to one connection.
#pragma once
#include "loadtest/generator/expectation.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace tailrace::load {

class response_reader {
 public:
  enum class verdict : std::uint8_t { more, whole, bad, truncated };

  response_reader();
  ~response_reader();

  // Before each request. The response to HEAD has no body, whatever its Content-Length says.
  // `keep` must outlive the response.
  void begin(bool head_request, const capture& keep);

  verdict feed(std::span<const char> bytes);
  // The peer closed: the regular end of a body without a length, otherwise a truncation.
  verdict end_of_stream();

  bool started() const noexcept { return started_; }  // has at least one byte arrived
  // As far as it has come; valid until the next begin().
  answer kept() const noexcept;
  // May the connection carry another request? Meaningful once the response is whole.
  bool keeps_alive() const noexcept;

 private:
  class parser;
  verdict parse(std::span<const char> bytes);

  std::unique_ptr<parser> parser_;
  std::string unparsed_;  // the part of a head or chunk line that came without its end
  std::string body_;
  const capture* keep_ = nullptr;
  bool head_request_ = false;
  bool started_ = false;
};

}  // namespace tailrace::load
