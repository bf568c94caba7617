#include "net/forwarded.hpp"

#include <string>
#include <string_view>

namespace tailrace::net {
namespace {

// "192.0.2.1", "2001:db8::1", and with a port: "192.0.2.1:4711", "[2001:db8::1]:4711".
std::optional<io::address> address_of(std::string_view text) {
  if (text.size() > 64) return std::nullopt;
  if (text.starts_with('[')) {
    text = text.substr(1, text.find(']') - 1);
  } else if (text.find(':') == text.rfind(':')) {
    text = text.substr(0, text.find(':'));
  }
  boost::system::error_code ec;
  const auto a = boost::asio::ip::make_address(std::string(text), ec);
  if (ec) return std::nullopt;
  return io::unmapped(a);
}

}  // namespace

std::optional<io::address> forwarded_client(const http::fields& fields,
                                            const std::vector<io::network>& trusted) {
  std::vector<std::string_view> lines;
  for (const http::field& f : fields)
    if (http::equal_ignoring_case(f.name, "X-Forwarded-For")) lines.push_back(f.value);
  std::optional<io::address> nearest;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    for (std::string_view rest = *line;;) {
      const auto comma = rest.rfind(',');
      const auto item = comma == std::string_view::npos ? rest : rest.substr(comma + 1);
      const auto a = address_of(http::trimmed(item));
      if (!a) return nearest;
      nearest = a;
      if (!io::any_contains(trusted, *a)) return nearest;
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return nearest;
}

}  // namespace tailrace::net
