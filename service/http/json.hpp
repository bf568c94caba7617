// Writes small flat JSON straight into a reused string; Boost.JSON builds a tree first, which is
// an allocation per member on the path of every hash answer. Reading JSON is Boost.JSON's job.
#pragma once
#include "core/decimal.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::http {

// Appends `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD, so that the result is
// valid JSON whatever a URL or file name holds.
void append_json_string(std::string& out, std::string_view text);

class json_object {
 public:
  // Opens the object; close() must be called once.
  explicit json_object(std::string& out) : out_(out) { out_.push_back('{'); }

  void add(std::string_view name, std::string_view value) {
    key(name);
    append_json_string(out_, value);
  }
  void add(std::string_view name, std::uint64_t value) {
    key(name);
    append_decimal(out_, value);
  }
  // Writes the name and leaves the value, an object for example, to the caller.
  void key(std::string_view name);
  void close() { out_.push_back('}'); }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace tailrace::http
