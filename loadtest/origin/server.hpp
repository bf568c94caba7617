// The running origin: listeners, and threads that the connections are dealt out to. An object
// belongs to one thread; the counters alone are shared.
#pragma once
#include "loadtest/origin/options.hpp"
#include "loadtest/origin/session.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>

#include <deque>
#include <optional>
#include <set>
#include <thread>

namespace tailrace::load::faulty {

class server {
 public:
  // Binds and writes the port file. Throws boost::system::system_error or std::runtime_error.
  explicit server(const options& o);

  // Serves until SIGINT or SIGTERM, then closes every connection.
  void run();

 private:
  using acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, executor>;

  struct lane {
    boost::asio::io_context context{1};
    std::set<session*> sessions;  // only its own thread
    bool ending = false;          // the same
  };

  acceptor bound(const options::endpoint& at);
  void write_ports(const std::string& path);
  awaitable<void> accept(acceptor& from, const service& s);
  static awaitable<void> serve(lane& on, tcp_socket socket, const service& s);
  void stop();

  const files& site_;
  std::deque<lane> lanes_;  // the first one accepts, too
  std::size_t next_lane_ = 0;
  std::optional<boost::asio::ssl::context> tls_;
  counters counts_;
  service service_;
  service counters_service_;
  acceptor acceptor_;
  std::optional<acceptor> counters_acceptor_;
  boost::asio::signal_set signals_;
};

}  // namespace tailrace::load::faulty
