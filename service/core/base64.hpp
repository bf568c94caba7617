// Base64 with the standard alphabet and padding (RFC 4648 §4). Pure.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace tailrace {

// None for a character outside the alphabet (line ends too), missing or superfluous padding, or
// bits that are left over: each text has one spelling.
std::optional<std::vector<std::byte>> from_base64(std::string_view text);

}  // namespace tailrace
