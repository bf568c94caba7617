// TLS towards origins: what every connection shares, and how a certificate is tied to a host.
#pragma once
#include "core/settings.hpp"
#include "fetch/url.hpp"

#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

#include <string>

namespace tailrace::fetch {

// TLS 1.2 and later, certificates always verified, against `origin_ca_file` or the system's
// store; sessions are resumed (tls_sessions.hpp). One for all threads, made at start: throws
// boost::system::system_error when the file cannot be read or holds no certificate.
boost::asio::ssl::context make_tls_context(const settings& s);

// Before the handshake: the certificate must be `to`'s, by name (which is also announced, SNI) or
// by address. False when OpenSSL has no memory left.
bool expect_host(SSL* tls, const url& to) noexcept;

// After a failed handshake: what is wrong with the certificate; empty when it was not that.
std::string verification_failure(SSL* tls);

}  // namespace tailrace::fetch
