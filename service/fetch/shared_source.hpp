// A reader of a flight: a source like any other, for one request on its own I/O thread.
#pragma once
#include "fetch/fetcher.hpp"
#include "fetch/flight.hpp"
#include "fetch/stats.hpp"

#include <memory>

namespace tailrace::fetch {

class shared_source final : public source {
 public:
  // `alone` is where it fetches for itself when it is left behind. `r` says how long this reader
  // waits, and who calls it off.
  shared_source(std::shared_ptr<flight> on, std::shared_ptr<flight::seat> seat, fetcher& alone,
                const request& r, stats& counts);
  ~shared_source() override;

  // Reads another flight instead, before anything was read.
  void change_to(std::shared_ptr<flight> on, std::shared_ptr<flight::seat> seat) noexcept;

  // Waits for the head of the answer; the flight's error, or origin_timeout, client_gone.
  io::awaitable<result<void>> arrive();

  // The errors of the flight's own source; origin_timeout and client_gone of this reader;
  // origin_incomplete when it was left behind and the source has changed meanwhile.
  io::awaitable<result<std::size_t>> read_some(std::span<std::byte> room) override;
  std::optional<std::span<const std::byte>> take_whole() override;
  void serve(deadline until, io::cancellation* called_off) noexcept override;

 private:
  io::awaitable<result<void>> wait_for_head();
  void take_over();
  io::awaitable<result<void>> fetch_alone(flight::step from);
  void leave() noexcept;

  std::shared_ptr<flight> flight_;
  std::shared_ptr<flight::seat> seat_;
  fetcher& alone_;
  stats& counts_;
  deadline until_;
  io::cancellation* called_off_;
  progress* const steps_;
  std::unique_ptr<source> own_;  // read from, once there is one
};

}  // namespace tailrace::fetch
