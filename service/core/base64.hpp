// Base64 (RFC 4648): with the standard alphabet and padding (section 4), and with the URL-safe one
// and without padding (section 5). Each text has one spelling: what decodes, encodes to itself.
// Pure.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace {

std::string base64url(std::string_view bytes);

// None for a character outside the alphabet (line ends too), a length that no bytes have, or bits
// that are left over; of the first, for missing or superfluous padding, too.
std::optional<std::vector<std::byte>> from_base64(std::string_view text);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace tailrace
