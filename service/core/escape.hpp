// Text from outside, made harmless for the place it is written to. Pure.
#pragma once
#include <string>
#include <string_view>

namespace tailrace {

// In double quotes, on one line, for people: quotes and backslashes get a backslash; control
// characters (C0, C1, U+2028, U+2029) and bytes that are no UTF-8 become \xNN. A text without any
// of these comes out as a TOML basic string.
void append_quoted(std::string& out, std::string_view text);
std::string quoted_text(std::string_view text);

// As a JSON string (RFC 8259), the same characters as \uNNNN; a byte that is no UTF-8 becomes
// U+FFFD, for JSON is UTF-8.
void append_json(std::string& out, std::string_view text);

}  // namespace tailrace
