#include "fetch/tls_sessions.hpp"

#include <iterator>
#include <new>
#include <utility>

namespace tailrace::fetch {
namespace {

struct attachment {
  attachment(std::string k, time_point v, const clock& c)
      : key(std::move(k)), verified(v), time(c) {}

  std::string key;
  time_point verified;  // what it tries to resume
  const clock& time;
};

template <class T>
void free_attached(void*, void* attached, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<T*>(attached);
}

// OpenSSL's places for what is attached to its objects, which it frees with them; taken once.
int sessions_index() {
  static const int index =
      SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_attached<tls_sessions>);
  return index;
}
int attachment_index() {
  static const int index =
      SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_attached<attachment>);
  return index;
}

tls_sessions* sessions_of(SSL* tls) {
  return static_cast<tls_sessions*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(tls), sessions_index()));
}
const attachment* attachment_of(SSL* tls) {
  return static_cast<const attachment*>(SSL_get_ex_data(tls, attachment_index()));
}

// A copy, since OpenSSL spoils the original when its connection is closed without close_notify,
// and since two threads may use one at a time.
tls_session copy_of(SSL_SESSION* s) {
  return tls_session(SSL_SESSION_dup(s));
}

// Called from C, through which nothing may be thrown.
int on_new_session(SSL* tls, SSL_SESSION* s) noexcept {
  tls_sessions* const all = sessions_of(tls);
  const attachment* const to = attachment_of(tls);
  const bool good = SSL_get_verify_result(tls) == X509_V_OK && SSL_SESSION_is_resumable(s) == 1;
  if (all == nullptr || to == nullptr || !good) return 0;
  try {
    const bool resumed = SSL_session_reused(tls) == 1;
    all->keep(to->key, {copy_of(s), resumed ? to->verified : to->time.now()});
  } catch (const std::bad_alloc&) {
    // Then the next handshake is a whole one.
  }
  return 0;  // the original stays OpenSSL's
}

}  // namespace

tls_sessions::kept tls_sessions::find(std::string_view key, time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return {};
  const kept& known = found->second->value;
  if (now - known.verified < age_max) return {copy_of(known.session.get()), known.verified};
  drop(found->second);
  return {};
}

void tls_sessions::keep(std::string_view key, kept k) {
  if (!k.session || limit_ == 0) return;
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) drop(found->second);
  if (entries_.size() == limit_) drop(entries_.begin());
  entry& added = entries_.emplace_back(key, std::move(k));
  by_key_.emplace(added.key, std::prev(entries_.end()));
}

void tls_sessions::forget(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) drop(found->second);
}

std::size_t tls_sessions::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void tls_sessions::drop(std::list<entry>::iterator e) {
  by_key_.erase(e->key);
  entries_.erase(e);
}

void keep_tls_sessions(SSL_CTX* context) {
  auto all = std::make_unique<tls_sessions>();
  if (SSL_CTX_set_ex_data(context, sessions_index(), all.get()) != 1) throw std::bad_alloc();
  all.release();
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, on_new_session);
}

void resume_tls_session(SSL* tls, std::string key, const clock& time) {
  tls_sessions* const all = sessions_of(tls);
  if (all == nullptr) return;
  const auto known = all->find(key, time.now());
  if (known.session) SSL_set_session(tls, known.session.get());
  auto attached = std::make_unique<attachment>(std::move(key), known.verified, time);
  if (SSL_set_ex_data(tls, attachment_index(), attached.get()) == 1) attached.release();
}

void forget_tls_session(SSL* tls) {
  tls_sessions* const all = sessions_of(tls);
  const attachment* const to = attachment_of(tls);
  if (all != nullptr && to != nullptr) all->forget(to->key);
}

}  // namespace tailrace::fetch
