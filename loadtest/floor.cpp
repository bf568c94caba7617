// tailrace-floor: what a digest over HTTP costs when nothing is done but the digest. A bare epoll
// loop that reads a Content-Length body in reads of at most 64 KiB, digests it with OpenSSL and
// writes a fixed-size answer; a request without a body gets a fixed answer. It trusts its client
// (a head comes in one read, nothing is pipelined) and binds to loopback only: a yardstick for
// loadtest/bench, not a server. With --digest it only says what the digest itself costs.
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace {

constexpr std::size_t read_bytes_max = 64 * 1024;
constexpr std::string_view hello =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
constexpr std::string_view digest_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 64\r\n\r\n";

struct free_context {
  void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
};
struct free_method {
  void operator()(EVP_MD* m) const noexcept { EVP_MD_free(m); }
};
using digest_context = std::unique_ptr<EVP_MD_CTX, free_context>;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

std::string_view length_field(std::string_view head) {
  constexpr std::string_view name = "content-length:";
  for (std::size_t line = head.find("\r\n"); line + 2 < head.size();) {
    const auto end = head.find("\r\n", line + 2);
    const auto field = head.substr(line + 2, end - line - 2);
    const auto same = [](char a, char b) { return (a | 0x20) == b; };
    if (field.size() > name.size() && std::equal(name.begin(), name.end(), field.begin(),
                                                 [&](char n, char f) { return same(f, n); })) {
      const auto value = field.find_first_not_of(" \t", name.size());
      return value == std::string_view::npos ? std::string_view{} : field.substr(value);
    }
    line = end;
  }
  return {};
}

class connection {
 public:
  explicit connection(int fd) : fd_(fd) {}
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() { close(fd_); }

  // False when the connection is over.
  bool readable(std::array<char, read_bytes_max>& buffer) {
    const ssize_t n = read(fd_, buffer.data(), buffer.size());
    if (n <= 0) return false;
    std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
    if (left_ == 0 && !begin(bytes)) return write_all(hello);
    EVP_DigestUpdate(digest_.get(), bytes.data(), bytes.size());
    left_ -= std::min<std::uint64_t>(left_, bytes.size());
    return left_ > 0 || answer();
  }

 private:
  // Takes the head off `bytes`; false when no body follows.
  bool begin(std::string_view& bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    const auto length = length_field(bytes.substr(0, end + 2));
    std::from_chars(length.data(), length.data() + length.size(), left_);
    bytes.remove_prefix(end + 4);
    if (left_ == 0) return false;
    EVP_DigestInit_ex(digest_.get(), EVP_sha256(), nullptr);
    return true;
  }

  bool answer() {
    std::array<unsigned char, 32> digest;
    EVP_DigestFinal_ex(digest_.get(), digest.data(), nullptr);
    std::array<char, digest_head.size() + 64> text;
    char* out = std::copy(digest_head.begin(), digest_head.end(), text.begin());
    constexpr std::string_view hex = "0123456789abcdef";
    for (const unsigned char byte : digest) {
      *out++ = hex[byte >> 4U];
      *out++ = hex[byte & 15U];
    }
    return write_all({text.data(), text.size()});
  }

  bool write_all(std::string_view text) {
    return write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }

  int fd_;
  std::uint64_t left_ = 0;
  digest_context digest_{EVP_MD_CTX_new()};
};

int listen_on(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) die("bind");
  if (listen(fd, 1024) != 0) die("listen");
  return fd;
}

void watch(int poll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
}

[[noreturn]] void serve(int listener) {
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  watch(poll, listener);
  std::unordered_map<int, connection> connections;
  std::array<char, read_bytes_max> buffer;
  std::array<epoll_event, 256> events;
  for (;;) {
    const int ready = epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd != listener) {
        const auto found = connections.find(fd);
        if (!found->second.readable(buffer)) connections.erase(found);
        continue;
      }
      const int client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (client < 0) continue;
      const int one = 1;
      setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      connections.try_emplace(client, client);
      watch(poll, client);
    }
  }
}

double cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

// CPU time of one digest of `bytes` at its best: context and method are looked up once, which
// OpenSSL 3 otherwise does at every start.
double digest_ns(std::size_t bytes) {
  constexpr double enough_ns = 3e8;
  const digest_context context(EVP_MD_CTX_new());
  const std::unique_ptr<EVP_MD, free_method> sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  const std::vector<unsigned char> body(bytes, 'x');
  std::array<unsigned char, 32> digest;
  std::uint64_t done = 0;
  const double start = cpu_ns();
  for (;;) {
    for (int i = 0; i < 1000; ++i, ++done) {
      EVP_DigestInit_ex(context.get(), sha256.get(), nullptr);
      EVP_DigestUpdate(context.get(), body.data(), body.size());
      EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
    }
    const double used = cpu_ns() - start;
    if (used >= enough_ns) return used / static_cast<double>(done);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--digest") {
    std::printf("%.1f\n", digest_ns(static_cast<std::size_t>(std::atol(argv[2]))));
    return 0;
  }
  const long port = argc == 2 ? std::atol(argv[1]) : 0;
  if (port <= 0 || port > 65535) {
    std::fputs("usage: tailrace-floor PORT | --digest BYTES\n", stderr);
    return 2;
  }
  serve(listen_on(static_cast<std::uint16_t>(port)));
}
