// Connects to the first of several addresses that answers: the shell around attempt_schedule.
// Everything on one I/O thread.
#pragma once
#include "core/deadline.hpp"
#include "core/error.hpp"
#include "fetch/happy_eyeballs.hpp"
#include "fetch/stats.hpp"
#include "io/bell.hpp"
#include "io/cancellation.hpp"
#include "io/deadline_wheel.hpp"
#include "io/thread.hpp"
#include "io/types.hpp"

#include <boost/system/error_code.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace tailrace::fetch {

class connect_race {
 public:
  // `candidates` in the order to try them, at least one; every one of them may get a packet.
  connect_race(io::thread& on, stats& counts, std::vector<io::tcp::endpoint> candidates);
  ~connect_race();
  connect_race(const connect_race&) = delete;
  connect_race& operator=(const connect_race&) = delete;

  // A connected socket; the other attempts are closed by then. origin_unreachable when all failed,
  // with the last one's reason; origin_timeout at `until`; client_gone when called off. Once.
  io::awaitable<result<io::tcp_socket>> run(deadline until, io::cancellation* called_off);

 private:
  struct attempt;
  struct stagger final : io::deadline_wheel::entry {
    stagger(io::deadline_wheel& wheel, connect_race& r) noexcept : entry(wheel), owner(r) {}
    void late() noexcept override { owner.go_on(); }
    connect_race& owner;
  };

  void go_on();
  void start(std::size_t number);
  void ended(attempt& a, const boost::system::error_code& ec);
  void finish(result<io::tcp_socket> how);

  io::thread& thread_;
  stats& counts_;
  const std::vector<io::tcp::endpoint> candidates_;
  attempt_schedule schedule_;
  std::vector<std::shared_ptr<attempt>> attempts_;  // those under way
  std::optional<result<io::tcp_socket>> outcome_;
  io::bell bell_;
  stagger stagger_;
};

}  // namespace tailrace::fetch
