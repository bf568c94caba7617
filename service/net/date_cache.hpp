// The Date header's line, formatted once a second per I/O thread.
#pragma once
#include <ctime>
#include <string>
#include <string_view>

namespace tailrace::net {

class date_cache {
 public:
  // "Date: ", the current time as IMF-fixdate (RFC 9110 §5.6.7), CRLF; valid until the next call.
  std::string_view line() {
    const std::time_t t = std::time(nullptr);
    if (t != formatted_) format(t);
    return text_;
  }

 private:
  void format(std::time_t t);

  std::time_t formatted_ = -1;
  std::string text_;
};

}  // namespace tailrace::net
