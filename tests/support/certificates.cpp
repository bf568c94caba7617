#include "tests/support/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <utility>

namespace tailrace::test {
namespace {

template <auto Free>
struct freeing {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
using key_owner = std::unique_ptr<EVP_PKEY, freeing<EVP_PKEY_free>>;
using certificate_owner = std::unique_ptr<X509, freeing<X509_free>>;
using bio_owner = std::unique_ptr<BIO, freeing<BIO_free>>;

void check(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL refused to make a certificate");
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long n = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(n));
}

std::string pem_of(X509* certificate) {
  const bio_owner bio(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const bio_owner bio(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio.get());
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

certificate_owner bare(EVP_PKEY* key, const char* name, int from_days, int to_days) {
  static std::atomic<long> serial{1};
  certificate_owner made(X509_new());
  X509* c = made.get();
  check(X509_set_version(c, 2) == 1 && X509_set_pubkey(c, key) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(c), serial++);
  X509_gmtime_adj(X509_getm_notBefore(c), from_days * 86400L);
  X509_gmtime_adj(X509_getm_notAfter(c), to_days * 86400L);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  return made;
}

// Signed by `issuer` with its key; by itself where that is the same certificate.
identity signed_by(X509* issuer, EVP_PKEY* issuer_key, certificate_owner c, EVP_PKEY* key) {
  X509_set_issuer_name(c.get(), X509_get_subject_name(issuer));
  check(X509_sign(c.get(), issuer_key, EVP_sha256()) > 0);
  return {pem_of(c.get()), pem_of(key)};
}

certificate_owner certificate_of(const identity& who) {
  const bio_owner text(BIO_new_mem_buf(who.certificate.data(), -1));
  return certificate_owner(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
}

key_owner key_of(const identity& who) {
  const bio_owner text(BIO_new_mem_buf(who.key.data(), -1));
  return key_owner(PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr));
}

void extend_authority(X509* c, X509* issuer) {
  extend(c, issuer, NID_basic_constraints, "critical,CA:TRUE");
  extend(c, issuer, NID_key_usage, "critical,keyCertSign");
}

}  // namespace

authority::authority() {
  const key_owner key(EVP_EC_gen("P-256"));
  auto c = bare(key.get(), "tailrace test authority", -10, 10);
  X509* const self = c.get();
  extend_authority(self, self);
  self_ = signed_by(self, key.get(), std::move(c), key.get());
}

authority authority::subordinate(bool may_issue) const {
  const auto issuer = certificate_of(self_);
  const key_owner key(EVP_EC_gen("P-256"));
  auto c = bare(key.get(), "tailrace test subordinate", -10, 10);
  if (may_issue) extend_authority(c.get(), issuer.get());
  return authority(signed_by(issuer.get(), key_of(self_).get(), std::move(c), key.get()));
}

identity authority::issue(const std::string& names, int from_days, int to_days,
                          const std::string& usage) const {
  const auto issuer = certificate_of(self_);
  const key_owner key(EVP_EC_gen("P-256"));
  auto c = bare(key.get(), "tailrace test server", from_days, to_days);
  extend(c.get(), issuer.get(), NID_subject_alt_name, names);
  if (!usage.empty()) extend(c.get(), issuer.get(), NID_ext_key_usage, usage);
  return signed_by(issuer.get(), key_of(self_).get(), std::move(c), key.get());
}

identity self_signed(const std::string& names) {
  const key_owner key(EVP_EC_gen("P-256"));
  auto c = bare(key.get(), "tailrace test server", -1, 1);
  X509* const self = c.get();
  extend(self, self, NID_subject_alt_name, names);
  return signed_by(self, key.get(), std::move(c), key.get());
}

}  // namespace tailrace::test
