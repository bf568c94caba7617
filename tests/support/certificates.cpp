#include "tests/support/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <memory>
#include <stdexcept>

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

}  // namespace

authority::authority() {
  const key_owner key(EVP_EC_gen("P-256"));
  const auto c = bare(key.get(), "tailrace test authority", -10, 10);
  X509_set_issuer_name(c.get(), X509_get_subject_name(c.get()));
  extend(c.get(), c.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(c.get(), c.get(), NID_key_usage, "critical,keyCertSign");
  check(X509_sign(c.get(), key.get(), EVP_sha256()) > 0);
  self_ = {pem_of(c.get()), pem_of(key.get())};
}

identity authority::issue(const std::string& names, int from_days, int to_days) const {
  const bio_owner certificate_text(BIO_new_mem_buf(self_.certificate.data(), -1));
  const certificate_owner issuer(
      PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr));
  const bio_owner key_text(BIO_new_mem_buf(self_.key.data(), -1));
  const key_owner issuer_key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  const key_owner key(EVP_EC_gen("P-256"));
  const auto c = bare(key.get(), "tailrace test server", from_days, to_days);
  X509_set_issuer_name(c.get(), X509_get_subject_name(issuer.get()));
  extend(c.get(), issuer.get(), NID_subject_alt_name, names);
  check(X509_sign(c.get(), issuer_key.get(), EVP_sha256()) > 0);
  return {pem_of(c.get()), pem_of(key.get())};
}

}  // namespace tailrace::test
