// Base64 with the URL-safe alphabet and without padding (RFC 4648 §5). Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tailrace {

std::string base64url(std::string_view bytes);

// None for a character outside the alphabet, a length that no bytes have, or bits that are left
// over: each text has one spelling.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace tailrace
