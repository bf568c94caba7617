// Whether a text that an operator wrote is well-formed: pure predicates for the settings table.
// They judge the form only; what an address or pattern means is decided where it is used.
#pragma once
#include <string_view>

namespace tailrace {

bool is_endpoint(std::string_view text) noexcept;        // 0.0.0.0:8080, [::1]:0
bool is_listen_address(std::string_view text) noexcept;  // an endpoint, or unix:/run/t.sock
bool is_ports(std::string_view text) noexcept;           // 80,443,8000-8999
bool is_network(std::string_view text) noexcept;  // 10.0.0.0/8, fd00::/8, 127.0.0.1; no bit set
                                                  // behind the prefix
bool is_source_pattern(std::string_view text) noexcept;  // host, *.host, https://host/prefix
bool is_header_value(std::string_view text) noexcept;    // RFC 9110 section 5.5, ASCII only
bool is_log_level(std::string_view text) noexcept;
bool is_log_format(std::string_view text) noexcept;
bool is_access_log(std::string_view text) noexcept;  // off, all, errors, slow, or a ratio in (0, 1]

}  // namespace tailrace
