// TLS sessions with origins, kept so that a new connection can resume one: a round trip and the
// public-key work less. A resumed session's certificate is not sent and so not verified again:
// hence a session is kept by host and port, never serves another name, is only used with the
// context (trust and verification settings) that it was verified under, and not for long.
//
// Any thread: contexts are shared, so this has a lock, held for a look-up per handshake. Sharing
// pays where connections are few, since any thread can resume what another one began.
#pragma once
#include "core/clock.hpp"

#include <openssl/ssl.h>

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tailrace::fetch {

struct free_session {
  void operator()(SSL_SESSION* s) const noexcept { SSL_SESSION_free(s); }
};
using tls_session = std::unique_ptr<SSL_SESSION, free_session>;

class tls_sessions {
 public:
  static constexpr std::size_t kept_max = 1024;  // with the certificates of the peer
  // Counted from the verification, over any number of resumptions: certificates and trust change,
  // and a session knows of neither.
  static constexpr duration age_max = std::chrono::hours(1);

  explicit tls_sessions(std::size_t limit = kept_max) noexcept : limit_(limit) {}

  struct kept {
    tls_session session;  // null when there is none
    time_point verified;
  };

  // What to resume, a copy.
  kept find(std::string_view key, time_point now);
  // Replaces what was kept for the key; the one kept longest goes when there are too many.
  void keep(std::string_view key, kept k);
  void forget(std::string_view key);

  std::size_t size() const;

 private:
  struct entry {
    entry(std::string_view k, kept v) : key(k), value(std::move(v)) {}
    const std::string key;
    kept value;
  };

  void drop(std::list<entry>::iterator e);

  const std::size_t limit_;
  mutable std::mutex mutex_;  // of everything below
  std::list<entry> entries_;  // longest kept first
  std::unordered_map<std::string_view, std::list<entry>::iterator> by_key_;
};

// Has the context keep its clients' sessions, in a cache that it owns. At start.
void keep_tls_sessions(SSL_CTX* context);

// Before the handshake of a connection of such a context to `key`: resumes what is kept, and keeps
// what the peer will offer. The clock outlives the connection.
void resume_tls_session(SSL* tls, std::string key, const clock& time);

// After a handshake that failed: what was kept may be why.
void forget_tls_session(SSL* tls);

}  // namespace tailrace::fetch
