// One thread of the generator: its share of the schedule over its share of the connections.
// It sleeps on timerfd until shortly before a request is due and polls the rest of the way, so
// that requests leave within microseconds of their time; under load it never sleeps.
#pragma once
#include "loadtest/generator/collector.hpp"
#include "loadtest/generator/connection.hpp"
#include "loadtest/generator/due_count.hpp"
#include "loadtest/generator/ledger.hpp"
#include "loadtest/generator/pacer.hpp"
#include "loadtest/generator/plan.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <optional>

namespace tailrace::load {

class worker final : connection::observer {
 public:
  using time_point = connection::time_point;

  // All arguments must outlive the worker. Setting `interrupted` ends the run early.
  worker(const plan& p, const target& requests, const connection::endpoint& server, unsigned index,
         collector& results, const std::atomic<bool>& interrupted);

  // Connects, asks `start_line` when the run starts (it may block until the other workers are
  // ready too), runs, reports to the collector. Call once, on the worker's own thread.
  void run(const std::function<time_point()>& start_line);

 private:
  using timer_type =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;

  void on_outcome(connection& c, const outcome& o) override;
  void on_warm(connection& c) override;

  void warm_up();
  void warm_next();
  void main_loop();
  void dispatch(time_point now);
  std::optional<ticket> take(time_point now);
  void tick(time_point now);
  void abandon_waiting(time_point now);
  bool over() const;
  bool interrupted() const { return interrupted_.load(std::memory_order_relaxed); }
  void wait(time_point now);
  void wake_at(time_point when);
  void report(time_point now);
  time_point second_end() const { return start_ + std::chrono::seconds(second_ + 1); }

  const plan& plan_;
  const target& requests_;
  const unsigned index_;
  collector& collector_;
  const std::atomic<bool>& interrupted_;

  boost::asio::io_context context_{1};
  // Between two requests nothing may be pending, and a context that runs dry stops for good.
  const boost::asio::executor_work_guard<boost::asio::io_context::executor_type> running_{
      context_.get_executor()};
  timer_type timer_{context_};
  std::optional<time_point> armed_;
  std::vector<char> scratch_;
  std::deque<connection> connections_;  // a deque: they are neither copied nor moved
  std::deque<connection*> idle_;        // longest idle first, so that all of them are used
  std::size_t warmed_ = 0;
  std::size_t warming_ = 0;

  std::optional<pacer> pacer_;
  std::optional<due_count> due_;
  std::optional<ledger> books_;
  time_point start_;
  time_point cutoff_;  // of the plan, or when the run was interrupted
  time_point next_tick_;
  unsigned second_ = 0;
};

}  // namespace tailrace::load
