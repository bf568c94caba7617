// The server's side of TLS on a non-blocking socket, by OpenSSL. Nothing waits here: a step that
// cannot go on says what for. Sessions resume by ticket (RFC 5077, RFC 8446 §2.2).
#pragma once
#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <span>

namespace tailrace::net {

class tls_session {
 public:
  enum class step {
    done,
    want_read,   // again when the socket is readable
    want_write,  // again when it is writable
    end,         // the peer sends no more
    failed
  };

  // Keeps a reference to `context`, so that this may be replaced meanwhile. Throws std::bad_alloc.
  tls_session(SSL_CTX& context, int socket);

  step handshake() noexcept;
  step read(std::span<std::byte> room, std::size_t& n) noexcept;

  // After want_*, the next call must begin with the same bytes.
  step write(std::span<const std::byte> bytes, std::size_t& n) noexcept;

  // Bytes were received and not read yet: waiting for the socket could be for ever.
  bool holds_bytes() const noexcept { return SSL_has_pending(ssl_.get()) == 1; }

  // Of an established one.
  bool resumed() const noexcept { return SSL_session_reused(ssl_.get()) == 1; }

  // The handshake failed because the peer speaks HTTP without TLS.
  bool met_plain_http() const noexcept { return plain_http_; }

  // Says that no more will be sent (close_notify), if that can be said at once.
  void close() noexcept;

 private:
  struct release {
    void operator()(SSL* s) const noexcept { SSL_free(s); }
  };
  step judge(int result) noexcept;

  std::unique_ptr<SSL, release> ssl_;
  bool established_ = false;
  bool broken_ = false;
  bool plain_http_ = false;
};

}  // namespace tailrace::net
