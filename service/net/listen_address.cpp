#include "net/listen_address.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace tailrace::net {
namespace {

namespace asio = boost::asio;
constexpr std::string_view unix_prefix = "unix:";

error no_address(const std::string& text) {
  return error(errc::bad_parameter, "'" + text + "' is no ADDRESS:PORT and no unix:PATH");
}

}  // namespace

result<listen_address> listen_address::parse(const std::string& text) {
  listen_address parsed;
  if (text.starts_with(unix_prefix)) {
    parsed.path_ = text.substr(unix_prefix.size());
    if (parsed.path_.empty() || parsed.path_.size() >= sizeof(sockaddr_un::sun_path))
      return no_address(text);
    parsed.endpoint_ = asio::local::stream_protocol::endpoint(parsed.path_);
    return parsed;
  }
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return no_address(text);
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, bad] = std::from_chars(text.data() + colon + 1, end, port);
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(host, ec);
  if (ec || bad != std::errc{} || stop != end) return no_address(text);
  parsed.endpoint_ = io::tcp::endpoint(address, port);
  return parsed;
}

std::optional<io::tcp::endpoint> tcp_endpoint_of(const io::stream_protocol::endpoint& e) noexcept {
  const int family = e.data()->sa_family;
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  io::tcp::endpoint out;
  if (e.size() > out.capacity()) return std::nullopt;
  std::memcpy(out.data(), e.data(), e.size());
  out.resize(e.size());
  return out;
}

std::string spelled(const io::stream_protocol::endpoint& e) {
  if (const auto tcp = tcp_endpoint_of(e)) {
    const std::string host = tcp->address().to_string();
    const std::string port = std::to_string(tcp->port());
    return tcp->address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
  }
  const auto* local = reinterpret_cast<const sockaddr_un*>(e.data());
  const std::size_t most = e.size() - offsetof(sockaddr_un, sun_path);
  return std::string(unix_prefix) + std::string(local->sun_path, strnlen(local->sun_path, most));
}

bool remove_stale_socket(const std::string& path) noexcept {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return errno == ENOENT;
  if (!S_ISSOCK(found.st_mode)) return false;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::strncpy(to.sun_path, path.c_str(), sizeof to.sun_path - 1);
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return false;
  const bool refused = ::connect(probe, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
                       errno == ECONNREFUSED;
  ::close(probe);
  return refused && ::unlink(path.c_str()) == 0;
}

}  // namespace tailrace::net
