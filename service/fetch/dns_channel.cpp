#include "fetch/dns_channel.hpp"

#include <ares.h>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <cstring>
#include <map>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/time.h>

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

std::vector<address> addresses_of(const ares_addrinfo* info) {
  std::vector<address> all;
  for (const ares_addrinfo_node* n = info->nodes; n != nullptr; n = n->ai_next) {
    if (n->ai_family == AF_INET) {
      sockaddr_in in;
      std::memcpy(&in, n->ai_addr, sizeof in);
      all.emplace_back(io::address_v4(ntohl(in.sin_addr.s_addr)));
    } else if (n->ai_family == AF_INET6) {
      sockaddr_in6 in;
      std::memcpy(&in, n->ai_addr, sizeof in);
      io::address_v6::bytes_type bytes;
      std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
      all.emplace_back(io::address_v6(bytes));
    }
  }
  return all;
}

using done_function = std::function<void(dns_channel::found)>;

void finish(void* argument, int status, int /*timeouts*/, ares_addrinfo* info) {
  const std::unique_ptr<done_function> done(static_cast<done_function*>(argument));
  const std::unique_ptr<ares_addrinfo, void (*)(ares_addrinfo*)> owner(info, ares_freeaddrinfo);
  if (status == ARES_ETIMEOUT)
    return (*done)(error(errc::origin_timeout, "the name servers do not answer"));
  if (status != ARES_SUCCESS)
    return (*done)(
        error(errc::origin_dns,
              std::string("the host's name has no address: ").append(ares_strerror(status))));
  auto all = addresses_of(info);
  if (all.empty()) return (*done)(error(errc::origin_dns, "the host's name has no address"));
  (*done)(std::move(all));
}

}  // namespace

class dns_channel::shell final : io::deadline_wheel::entry {
 public:
  shell(io::thread& on, const std::string& servers) : entry(on.wheel), thread_(on) {
    static const int library = ares_library_init(ARES_LIB_INIT_ALL);
    ares_options options{};
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
    options.timeout = timeout_ms;
    options.tries = tries;
    char lookups[] = "fb";  // the hosts file, then DNS
    options.lookups = lookups;
    options.sock_state_cb = [](void* self, ares_socket_t fd, int read, int write) {
      static_cast<shell*>(self)->socket_changed(fd, read != 0, write != 0);
    };
    options.sock_state_cb_data = this;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
                     ARES_OPT_SOCK_STATE_CB;
    int status = library;
    if (status == ARES_SUCCESS) status = ares_init_options(&channel_, &options, mask);
    if (status == ARES_SUCCESS && !servers.empty())
      status = ares_set_servers_ports_csv(channel_, servers.c_str());
    if (status != ARES_SUCCESS)
      throw std::runtime_error(std::string("c-ares: ").append(ares_strerror(status)));
  }

  ~shell() override {
    // Calls every callback that is due, and socket_changed() for every socket.
    ares_destroy(channel_);
    for (auto& [fd, w] : watches_) w->end();
  }

  void query(const std::string& name, done_function done) {
    auto argument = std::make_unique<done_function>(std::move(done));
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, finish, argument.release());
    rearm();
  }

 private:
  void late() noexcept override { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

  void process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel_, readable, writable);
    rearm();
  }

  void rearm() noexcept {
    timeval left;
    if (ares_timeout(channel_, nullptr, &left) == nullptr) return disarm();
    const auto wait = std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
    arm(deadline::after(thread_.time.now(), wait));
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
  ares_channel channel_ = nullptr;
  std::map<ares_socket_t, std::shared_ptr<watch>> watches_;
};

dns_channel::dns_channel(io::thread& on, const std::string& servers)
    : shell_(std::make_unique<shell>(on, servers)) {}
dns_channel::~dns_channel() = default;

void dns_channel::close() noexcept {
  shell_.reset();
}

void dns_channel::query(const std::string& name, std::function<void(found)> done) {
  shell_->query(name, std::move(done));
}

}  // namespace tailrace::fetch
