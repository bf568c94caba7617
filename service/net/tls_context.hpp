// What every TLS connection of the public listener shares: certificate, key, protocol versions.
// Immutable once made; a renewed certificate is a new context.
#pragma once
#include "core/error.hpp"
#include "core/settings.hpp"

#include <openssl/ssl.h>

#include <memory>

namespace tailrace::net {

// Reference-counted by OpenSSL, which may be done from any thread.
using tls_context = std::shared_ptr<SSL_CTX>;

// Null without tls-certificate-file. TLS 1.2 and later; ALPN http/1.1 (RFC 7301), a client that
// offers only other protocols is refused. errc::bad_parameter, with file and reason, when
// certificate or key cannot be used.
result<tls_context> make_server_tls(const settings& s);

}  // namespace tailrace::net
