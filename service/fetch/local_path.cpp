#include "fetch/local_path.hpp"

#include <array>
#include <utility>

namespace tailrace::fetch {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 18> content_types{{
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"png", "image/png"},
    {"webp", "image/webp"},
    {"avif", "image/avif"},
    {"gif", "image/gif"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"heic", "image/heic"},
    {"heif", "image/heif"},
    {"svg", "image/svg+xml"},
    {"bmp", "image/bmp"},
    {"ico", "image/x-icon"},
    {"jxl", "image/jxl"},
    {"pdf", "application/pdf"},
    {"json", "application/json"},
    {"txt", "text/plain"},
    {"html", "text/html"},
}};

// The target was checked to hold only whole triplets.
char decoded(char high, char low) noexcept {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  return static_cast<char>(digit(high) * 16 + digit(low));
}

}  // namespace

result<std::string> local_path(std::string_view target) {
  std::string path;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] != '%' || i + 2 >= target.size()) {
      path.push_back(target[i]);
      continue;
    }
    const char c = decoded(target[i + 1], target[i + 2]);
    if (c == '\0' || c == '/')
      return error(errc::bad_url, "an encoded NUL or slash in a local path");
    path.push_back(c);
    i += 2;
  }
  std::string clean;
  for (std::string_view rest = path; !rest.empty();) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size() + (segment.size() < rest.size() ? 1 : 0));
    if (segment == "..") return error(errc::source_refused, "a local path must not lead upwards");
    if (segment.empty() || segment == ".") continue;
    if (!clean.empty()) clean.push_back('/');
    clean.append(segment);
  }
  if (clean.empty()) return error(errc::source_not_found, "a local path without a file");
  return clean;
}

std::string_view content_type_of(std::string_view path) noexcept {
  constexpr std::string_view unknown = "application/octet-stream";
  const auto dot = path.rfind('.');
  if (dot == std::string_view::npos || path.size() - dot > 5) return unknown;
  std::array<char, 4> extension{};
  std::size_t n = 0;
  for (const char c : path.substr(dot + 1))
    extension[n++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const auto& [name, type] : content_types)
    if (name == std::string_view(extension.data(), n)) return type;
  return unknown;
}

}  // namespace tailrace::fetch
