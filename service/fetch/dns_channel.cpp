#include "fetch/dns_channel.hpp"

#include "fetch/ares_answer.hpp"
#include "fetch/happy_eyeballs.hpp"

#include <ares.h>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <algorithm>
#include <map>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <sys/time.h>
#include <utility>

namespace tailrace::fetch {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using descriptor = asio::posix::basic_stream_descriptor<io::executor>;
using wait_type = descriptor::wait_type;

constexpr int timeout_ms = 1000;  // of the first try; c-ares grows it
constexpr int tries = 3;

// One socket of c-ares, for as long as c-ares wants it watched. c-ares closes it, not we.
struct watch {
  watch(io::context& on, int fd) : socket(on, fd) {}
  void end() noexcept {
    alive = false;
    socket.release();  // cancels the waits
  }

  descriptor socket;
  bool alive = true;
  bool wanted[2] = {false, false};  // to read, to write
  bool waiting[2] = {false, false};
};

// One name: the hosts file, then a query for either family. They may end apart, so that name
// servers which drop questions for IPv6 addresses cost resolution_delay, not the deadline.
struct lookup final : io::deadline_wheel::entry {
  lookup(io::thread& on, dns_channel::done_function d)
      : entry(on.wheel), thread(on), done(std::move(d)) {}

  void finish() {
    disarm();
    dns_answer missing;
    missing.outcome = dns_outcome::timeout;
    if (!v6) v6 = missing;
    const auto call = std::exchange(done, nullptr);
    call(merged(std::move(*v4), std::move(*v6)));
  }

  void ended(int family, dns_answer a) {
    if (!done) return;
    const bool is_v4 = family == AF_INET;
    (is_v4 ? v4 : v6) = std::move(a);
    if (v4 && v6) return finish();
    if (is_v4 && v4->outcome == dns_outcome::found)
      arm(deadline::after(thread.time.now(), resolution_delay));
  }

  void late() noexcept override { finish(); }

  io::thread& thread;
  dns_channel::done_function done;  // null when called
  std::optional<dns_answer> v4;
  std::optional<dns_answer> v6;
};

// What a query of c-ares takes along.
struct argument {
  std::shared_ptr<lookup> of;
  int family;
  std::size_t& under_way;
};

using owned_info = std::unique_ptr<ares_addrinfo, void (*)(ares_addrinfo*)>;

void query_ended(void* own, int status, int /*timeouts*/, ares_addrinfo* info) {
  const std::unique_ptr<argument> a(static_cast<argument*>(own));
  const owned_info owner(info, ares_freeaddrinfo);
  --a->under_way;
  a->of->ended(a->family, answer_of(status, info));
}

void hosts_read(void* out, int status, int /*timeouts*/, ares_addrinfo* info) {
  const owned_info owner(info, ares_freeaddrinfo);
  *static_cast<dns_answer*>(out) = answer_of(status, info);
}

// The name servers' order is kept: it is how they spread load.
ares_addrinfo_hints hints_for(int family) noexcept {
  ares_addrinfo_hints hints{};
  hints.ai_family = family;
  hints.ai_flags = ARES_AI_NOSORT;
  return hints;
}

void check(int status) {
  if (status != ARES_SUCCESS)
    throw std::runtime_error(std::string("c-ares: ").append(ares_strerror(status)));
}

}  // namespace

class dns_channel::shell final : io::deadline_wheel::entry {
 public:
  shell(io::thread& on, const std::string& servers) : entry(on.wheel), thread_(on) {
    static const int library = ares_library_init(ARES_LIB_INIT_ALL);
    check(library);
    open(hosts_, "f");
    open(channel_, "b");
    if (!servers.empty()) check(ares_set_servers_ports_csv(channel_.get(), servers.c_str()));
  }

  ~shell() override {
    // Calls every callback that is due, and socket_changed() for every socket.
    channel_.reset();
    for (auto& [fd, w] : watches_) w->end();
  }

  void query(const std::string& name, done_function done) {
    dns_answer known;
    const auto any = hints_for(AF_UNSPEC);
    // Never waits: it has no name servers to ask.
    ares_getaddrinfo(hosts_.get(), name.c_str(), nullptr, &any, hosts_read, &known);
    if (known.outcome == dns_outcome::found) return done(std::move(known));
    const auto both = std::make_shared<lookup>(thread_, std::move(done));
    for (const int family : {AF_INET6, AF_INET}) {
      const auto hints = hints_for(family);
      auto own = std::make_unique<argument>(both, family, under_way_);
      ++under_way_;
      ares_getaddrinfo(channel_.get(), name.c_str(), nullptr, &hints, query_ended, own.release());
    }
    watch_time();
  }

  std::size_t under_way() const noexcept { return under_way_; }

 private:
  struct destroy {
    void operator()(ares_channel c) const noexcept { ares_destroy(c); }
  };
  using owned_channel = std::unique_ptr<ares_channeldata, destroy>;

  void open(owned_channel& into, const char* where) {
    ares_options options{};
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
    options.timeout = timeout_ms;
    options.tries = tries;
    std::string lookups = where;
    options.lookups = lookups.data();
    options.sock_state_cb = [](void* self, ares_socket_t fd, int read, int write) {
      static_cast<shell*>(self)->socket_changed(fd, read != 0, write != 0);
    };
    options.sock_state_cb_data = this;
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
               ARES_OPT_SOCK_STATE_CB;
#ifdef ARES_OPT_QUERY_CACHE
    // Newer versions have a cache of their own, which knows nothing of our limits.
    options.qcache_max_ttl = 0;
    mask |= ARES_OPT_QUERY_CACHE;
#endif
    ares_channel opened = nullptr;
    check(ares_init_options(&opened, &options, mask));
    into.reset(opened);
  }

  // Asking c-ares costs a look at every query under way: not on every answer, lest zones that
  // hang slow down the others.
  void late() noexcept override {
    ares_process_fd(channel_.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    timeval left;
    if (ares_timeout(channel_.get(), nullptr, &left) == nullptr) return;
    const auto wait = std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
    arm(deadline::after(thread_.time.now(), wait));
  }

  // No query that was sent now is due earlier.
  void watch_time() noexcept {
    const auto first_try = std::chrono::milliseconds(timeout_ms);
    arm(std::min(at(), deadline::after(thread_.time.now(), first_try)));
  }

  void process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel_.get(), readable, writable);
    watch_time();
  }

  void socket_changed(ares_socket_t fd, bool read, bool write) {
    auto found = watches_.find(fd);
    if (!read && !write) {
      if (found == watches_.end()) return;
      found->second->end();
      watches_.erase(found);
      return;
    }
    if (found == watches_.end())
      found = watches_.emplace(fd, std::make_shared<watch>(thread_.context, fd)).first;
    found->second->wanted[0] = read;
    found->second->wanted[1] = write;
    wait(found->second, fd, 0);
    wait(found->second, fd, 1);
  }

  // The handler holds the watch, not the channel: it may run when both have ended.
  void wait(const std::shared_ptr<watch>& w, ares_socket_t fd, int what) {
    if (!w->alive || !w->wanted[what] || w->waiting[what]) return;
    w->waiting[what] = true;
    w->socket.async_wait(what == 0 ? wait_type::wait_read : wait_type::wait_write,
                         [this, w, fd, what](error_code ec) {
                           w->waiting[what] = false;
                           if (ec || !w->alive) return;
                           process(what == 0 ? fd : ARES_SOCKET_BAD,
                                   what == 1 ? fd : ARES_SOCKET_BAD);
                           wait(w, fd, what);
                         });
  }

  io::thread& thread_;
  std::map<ares_socket_t, std::shared_ptr<watch>> watches_;
  std::size_t under_way_ = 0;
  owned_channel hosts_;    // reads the hosts file
  owned_channel channel_;  // asks the name servers
};

dns_channel::dns_channel(io::thread& on, const std::string& servers)
    : shell_(std::make_unique<shell>(on, servers)) {}
dns_channel::~dns_channel() = default;

void dns_channel::close() noexcept {
  shell_.reset();
}

std::size_t dns_channel::under_way() const noexcept {
  return shell_->under_way();
}

void dns_channel::query(const std::string& name, done_function done) {
  shell_->query(name, std::move(done));
}

}  // namespace tailrace::fetch
