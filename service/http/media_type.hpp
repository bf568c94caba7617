// The media type of a Content-Type, without its parameters (RFC 9110 §8.3.1). Pure.
#pragma once
#include "http/head.hpp"

namespace tailrace::http {

inline std::string_view media_type(std::string_view content_type) noexcept {
  return trimmed(content_type.substr(0, content_type.find(';')));
}

}  // namespace tailrace::http
