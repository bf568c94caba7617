#include "net/tls_session.hpp"

#include <openssl/err.h>

#include <new>

namespace tailrace::net {

tls_session::tls_session(SSL_CTX& context, int socket) : ssl_(SSL_new(&context)) {
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket) != 1) {
    ERR_clear_error();
    throw std::bad_alloc();
  }
  SSL_set_accept_state(ssl_.get());
}

tls_session::step tls_session::handshake() noexcept {
  ERR_clear_error();
  const step s = judge(SSL_do_handshake(ssl_.get()));
  established_ = s == step::done;
  return s;
}

tls_session::step tls_session::read(std::span<std::byte> room, std::size_t& n) noexcept {
  n = 0;
  ERR_clear_error();
  return judge(SSL_read_ex(ssl_.get(), room.data(), room.size(), &n));
}

tls_session::step tls_session::write(std::span<const std::byte> bytes, std::size_t& n) noexcept {
  n = 0;
  ERR_clear_error();
  return judge(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &n));
}

void tls_session::close() noexcept {
  // After a fatal error OpenSSL forbids it, and before the handshake there is nothing to close.
  if (!established_ || broken_) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

tls_session::step tls_session::judge(int result) noexcept {
  if (result == 1) return step::done;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return step::want_read;
    case SSL_ERROR_WANT_WRITE:
      return step::want_write;
    case SSL_ERROR_ZERO_RETURN:
      return step::end;
    default:
      break;
  }
  broken_ = true;
  const int reason = ERR_GET_REASON(ERR_peek_error());
  plain_http_ = reason == SSL_R_HTTP_REQUEST;
  // An end without close_notify: requests carry their own length, so nothing can be cut off
  // unseen, and many clients leave this way.
  const bool ended = reason == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  ERR_clear_error();
  return ended ? step::end : step::failed;
}

}  // namespace tailrace::net
