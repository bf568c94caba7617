// From the target of a local: URL to a path beneath the root, and what a file is by its name.
// Pure.
#pragma once
#include "core/error.hpp"

#include <string>
#include <string_view>

namespace tailrace::fetch {

// "/a/b%20c.jpg" becomes "a/b c.jpg". errc::bad_url for a NUL or a slash that was encoded,
// errc::source_refused for a ".." segment, encoded or not; it is not left to the system to find
// out where that leads. errc::source_not_found when no name is left.
result<std::string> local_path(std::string_view target);

// By the extension, "application/octet-stream" when that is not known.
std::string_view content_type_of(std::string_view path) noexcept;

}  // namespace tailrace::fetch
