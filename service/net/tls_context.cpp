#include "net/tls_context.hpp"

#include <openssl/err.h>

#include <array>
#include <string_view>

namespace tailrace::net {
namespace {

constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, http_1_1.data(), http_1_1.size(), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// An encrypted key is a mistake to be told, not a question to ask on a terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

error failure(std::string_view setting, const std::string& file) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_peek_last_error(), reason.data(), reason.size());
  ERR_clear_error();
  return error(errc::bad_parameter,
               std::string(setting) + " \"" + file + "\" cannot be used: " + reason.data());
}

}  // namespace

result<tls_context> make_server_tls(const settings& s) {
  if (s.tls_certificate_file.empty()) return tls_context();
  ERR_clear_error();
  tls_context made(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!made) return failure("tls-certificate-file", s.tls_certificate_file);
  SSL_CTX* const c = made.get();
  SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                             SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // An idle connection keeps no record buffers; a write may be taken up again from a copy.
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(c, 1);
  // Tickets carry the state of a session; a cache would only hold memory.
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_default_passwd_cb(c, no_password);
  SSL_CTX_set_alpn_select_cb(c, choose_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(c, s.tls_certificate_file.c_str()) != 1)
    return failure("tls-certificate-file", s.tls_certificate_file);
  if (SSL_CTX_use_PrivateKey_file(c, s.tls_key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(c) != 1)
    return failure("tls-key-file", s.tls_key_file);
  return made;
}

}  // namespace tailrace::net
