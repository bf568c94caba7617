#include "tests/support/origin.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace tailrace::test {
namespace {

constexpr int wait_max_s = 10;

struct tls_context {
  explicit tls_context(const identity& who) : native(SSL_CTX_new(TLS_server_method())) {
    BIO* text = BIO_new_mem_buf(who.certificate.data(), -1);
    X509* certificate = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(native, certificate);
    X509_free(certificate);
    BIO_free(text);
    text = BIO_new_mem_buf(who.key.data(), -1);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(text, nullptr, nullptr, nullptr);
    SSL_CTX_use_PrivateKey(native, key);
    EVP_PKEY_free(key);
    BIO_free(text);
  }
  ~tls_context() { SSL_CTX_free(native); }
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  SSL_CTX* native;
};

// A connected socket, plain or TLS, blocking with a limit.
class peer {
 public:
  // Takes the SSL object over.
  peer(int fd, SSL* tls) : fd_(fd), tls_(tls) {
    const timeval limit{wait_max_s, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const int on = 1;  // else a reset may discard what was sent just before
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (tls_ != nullptr) SSL_set_fd(tls_, fd_);
  }
  ~peer() { SSL_free(tls_); }
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  bool begin() { return tls_ == nullptr || SSL_accept(tls_) == 1; }
  std::string server_name() const {
    const char* name =
        tls_ == nullptr ? nullptr : SSL_get_servername(tls_, TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
  }
  long read(char* into, std::size_t n) {
    if (tls_ != nullptr) return SSL_read(tls_, into, static_cast<int>(n));
    return ::recv(fd_, into, n, 0);
  }
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const long n = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                     : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  void end() {
    if (tls_ != nullptr) SSL_shutdown(tls_);
  }

 private:
  int fd_;
  SSL* tls_;
};

}  // namespace

class origin::server {
 public:
  server(std::vector<script> scripts, const identity* tls) : scripts_(std::move(scripts)) {
    if (tls != nullptr) tls_ = std::make_unique<tls_context>(*tls);
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* address = reinterpret_cast<sockaddr*>(&at);
    if (::bind(listener_, address, size) != 0 || ::listen(listener_, 128) != 0 ||
        ::getsockname(listener_, address, &size) != 0)
      throw std::runtime_error("the test's origin cannot listen");
    port_ = ntohs(at.sin_port);
    acceptor_ = std::thread([this] { accept(); });
  }

  ~server() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& t : threads_) t.join();
    ::close(listener_);
  }

  void become(const identity& other) {
    const std::lock_guard lock(mutex_);
    tls_ = std::make_unique<tls_context>(other);
  }

  std::uint16_t port() const noexcept { return port_; }
  bool is_tls() const {
    const std::lock_guard lock(mutex_);
    return tls_ != nullptr;
  }
  unsigned connections() const {
    const std::lock_guard lock(mutex_);
    return accepted_;
  }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::vector<std::string> server_names() const {
    const std::lock_guard lock(mutex_);
    return names_;
  }

 private:
  void accept() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const std::lock_guard lock(mutex_);
      const script& s = scripts_[std::min<std::size_t>(accepted_++, scripts_.size() - 1)];
      open_.push_back(fd);
      // Its own reference, for a context that is replaced meanwhile.
      SSL* const tls = tls_ ? SSL_new(tls_->native) : nullptr;
      threads_.emplace_back([this, fd, tls, &s] { converse(fd, tls, s); });
    }
  }

  void converse(int fd, SSL* tls, const script& s) {
    {
      peer p(fd, tls);
      if (p.begin()) {
        {
          const std::lock_guard lock(mutex_);
          if (tls != nullptr) names_.push_back(p.server_name());
        }
        if (play(p, fd, s)) p.end();
      }
    }
    const std::lock_guard lock(mutex_);
    open_.erase(std::find(open_.begin(), open_.end(), fd));
    ::close(fd);
  }

  // False when the connection is not to be closed in the orderly way.
  bool play(peer& p, int fd, const script& s) {
    std::string received;
    for (const auto& step : s.steps()) {
      switch (step.what) {
        case script::kind::request:
          if (next_request(p, received).empty()) return false;
          break;
        case script::kind::send:
          if (!p.write(step.bytes)) return false;
          break;
        case script::kind::reach:
          step.answer({});
          break;
        case script::kind::flood:
          while (p.write(step.bytes)) {
          }
          return false;
        case script::kind::serve:
          for (;;) {
            const std::string request = next_request(p, received);
            const std::string bytes = request.empty() ? request : step.answer(request);
            if (bytes.empty() || !p.write(bytes)) return !request.empty();
          }
        case script::kind::stall:
          while (!next_request(p, received).empty()) {
          }
          return true;
        case script::kind::trickle:
          while (p.write(step.bytes) && !closed_within(fd, step.pause)) {
          }
          return false;
        case script::kind::reset: {
          const linger at_once{1, 0};
          ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
          return false;
        }
        case script::kind::cut:
          return false;
      }
    }
    return true;
  }

  // Whether the client closes, or sends something, in that time.
  static bool closed_within(int fd, std::chrono::milliseconds pause) {
    pollfd watched{fd, POLLIN, 0};
    return ::poll(&watched, 1, static_cast<int>(pause.count())) != 0;
  }

  // The next head; empty when the client closed.
  std::string next_request(peer& p, std::string& received) {
    for (;;) {
      const auto end = received.find("\r\n\r\n");
      if (end != std::string::npos) {
        std::string request = received.substr(0, end + 4);
        received.erase(0, end + 4);
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        return request;
      }
      char bytes[4096];
      const long n = p.read(bytes, sizeof bytes);
      if (n <= 0) return {};
      received.append(bytes, static_cast<std::size_t>(n));
    }
  }

  const std::vector<script> scripts_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;  // of everything below
  std::unique_ptr<tls_context> tls_;
  unsigned accepted_ = 0;
  std::vector<std::string> requests_;
  std::vector<std::string> names_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

script& script::request() {
  steps_.push_back({kind::request, {}, {}, {}});
  return *this;
}
script& script::send(std::string bytes) {
  steps_.push_back({kind::send, std::move(bytes), {}, {}});
  return *this;
}
script& script::reach(std::function<void()> then) {
  steps_.push_back({kind::reach, {}, [then](const std::string&) { return then(), ""; }, {}});
  return *this;
}
script& script::flood(std::string bytes) {
  steps_.push_back({kind::flood, std::move(bytes), {}, {}});
  return *this;
}
script& script::trickle(std::string bytes, std::chrono::milliseconds pause) {
  steps_.push_back({kind::trickle, std::move(bytes), {}, pause});
  return *this;
}
script& script::serve(std::function<std::string(const std::string&)> answer) {
  steps_.push_back({kind::serve, {}, std::move(answer), {}});
  return *this;
}
script& script::stall() {
  steps_.push_back({kind::stall, {}, {}, {}});
  return *this;
}
script& script::reset() {
  steps_.push_back({kind::reset, {}, {}, {}});
  return *this;
}
script& script::cut() {
  steps_.push_back({kind::cut, {}, {}, {}});
  return *this;
}

origin::origin(std::vector<script> scripts, const identity* tls)
    : server_(std::make_unique<server>(std::move(scripts), tls)) {}
origin::~origin() = default;

void origin::become(const identity& other) {
  server_->become(other);
}
std::uint16_t origin::port() const noexcept {
  return server_->port();
}
unsigned origin::connections() const {
  return server_->connections();
}
std::vector<std::string> origin::requests() const {
  return server_->requests();
}
std::vector<std::string> origin::server_names() const {
  return server_->server_names();
}

std::string origin::url(std::string_view path, std::string_view host) const {
  std::string text = server_->is_tls() ? "https://" : "http://";
  return text.append(host).append(":").append(std::to_string(port())).append(path);
}

std::string ok(std::string_view body, std::string_view fields) {
  std::string text = "HTTP/1.1 200 OK\r\nContent-Length: ";
  return text.append(std::to_string(body.size()))
      .append("\r\n")
      .append(fields)
      .append("\r\n")
      .append(body);
}

std::string status(int code, std::string_view fields) {
  std::string text = "HTTP/1.1 ";
  return text.append(std::to_string(code))
      .append(" Status\r\nContent-Length: 0\r\n")
      .append(fields)
      .append("\r\n");
}

}  // namespace tailrace::test
