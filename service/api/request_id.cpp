#include "api/request_id.hpp"

#include "core/hex.hpp"
#include "core/random.hpp"

#include <algorithm>

namespace tailrace::api {

bool is_request_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  });
}

std::string random_name() {
  request_id_maker maker(random_seed());
  std::string name;
  maker.append(name);
  return name.substr(0, 16);
}

std::uint64_t request_id_maker::next() noexcept {
  for (;;)
    if (const std::uint64_t bits = mixed(state_ += 0x9e3779b97f4a7c15)) return bits;
}

void request_id_maker::append(std::string& out) {
  for (int half = 0; half < 2; ++half) append_hex(out, next());
}

}  // namespace tailrace::api
