#include "fetch/tls.hpp"

#include "fetch/tls_sessions.hpp"

#include <openssl/x509_vfy.h>

namespace tailrace::fetch {

namespace ssl = boost::asio::ssl;

ssl::context make_tls_context(const settings& s) {
  ssl::context context(ssl::context::tls_client);
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  context.set_verify_mode(ssl::verify_peer);
  if (s.origin_ca_file.empty()) {
    context.set_default_verify_paths();
  } else {
    context.load_verify_file(s.origin_ca_file);
  }
  static constexpr unsigned char http_1_1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(native, http_1_1, sizeof http_1_1);
  keep_tls_sessions(native);
  return context;
}

bool expect_host(SSL* tls, const url& to) noexcept {
  if (to.is_ip) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), to.host.c_str()) == 1;
  SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(tls, to.host.c_str()) == 1 &&
         SSL_set_tlsext_host_name(tls, to.host.c_str()) == 1;
}

std::string verification_failure(SSL* tls) {
  const long verified = SSL_get_verify_result(tls);
  if (verified == X509_V_OK) return {};
  return X509_verify_cert_error_string(verified);
}

}  // namespace tailrace::fetch
