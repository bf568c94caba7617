// What one I/O thread records about requests: plain loads and stores into memory of its own, no
// lock, no allocation. Every recording function is for the owning thread only; the reading ones
// are for any thread.
#pragma once
#include "core/counter.hpp"
#include "core/error.hpp"
#include "core/stage.hpp"
#include "metrics/labels.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tailrace::metrics {

class alignas(64) http_cells {
 public:
  explicit http_cells(std::size_t routes)
      : other_route_(routes), requests_((routes + 1) * per_route), durations_(routes + 1) {}
  http_cells(const http_cells&) = delete;
  http_cells& operator=(const http_cells&) = delete;

  // One answered request. A route index outside the table, and a method likewise, is "other".
  void request(std::size_t route, std::size_t method, unsigned status, duration took) noexcept {
    route = std::min(route, other_route_);
    requests_[cell(route, method, status_index(status))].add();
    durations_[route].record(took);
  }

  void spent(stage s, duration d) noexcept { stages_[static_cast<std::size_t>(s)].record(d); }
  // Those stages that the request passed through.
  void spent(const stage_times& times) noexcept;

  void rejected(rejection why) noexcept { rejections_[static_cast<std::size_t>(why)].add(); }
  void failed(errc code) noexcept { errors_[static_cast<std::size_t>(code)].add(); }

  void received(peer from, std::uint64_t bytes) noexcept {
    received_[static_cast<std::size_t>(from)].add(bytes);
  }
  void sent(peer to, std::uint64_t bytes) noexcept {
    sent_[static_cast<std::size_t>(to)].add(bytes);
  }

  void batch_item(item_outcome how) noexcept { batch_items_[static_cast<std::size_t>(how)].add(); }
  void batch_item_failed(errc code) noexcept { item_errors_[static_cast<std::size_t>(code)].add(); }

  // By +1 and -1.
  void in_flight(std::int64_t change) noexcept { in_flight_.add(change); }
  void connections(std::int64_t change) noexcept { connections_.add(change); }
  void busy(std::int64_t change) noexcept { busy_.add(change); }

  void handshake(metrics::handshake how) noexcept {
    handshakes_[static_cast<std::size_t>(how)].add();
  }

  // How late the loop ran a timer.
  void loop_lag(duration late) noexcept { loop_lag_.record(late); }

  // Something held the loop longer than it should.
  void slow_handler() noexcept { slow_handlers_.add(); }

  // ---- reading ----

  std::size_t other_route() const noexcept { return other_route_; }
  const counter& requests_of(std::size_t route, std::size_t method,
                             std::size_t status) const noexcept {
    return requests_[cell(route, method, status)];
  }
  const duration_histogram& durations_of(std::size_t route) const noexcept {
    return durations_[route];
  }
  const duration_histogram& spent_in(stage s) const noexcept {
    return stages_[static_cast<std::size_t>(s)];
  }
  const counter& rejections_of(rejection r) const noexcept {
    return rejections_[static_cast<std::size_t>(r)];
  }
  const counter& errors_of(errc e) const noexcept { return errors_[static_cast<std::size_t>(e)]; }
  const counter& received_from(peer p) const noexcept {
    return received_[static_cast<std::size_t>(p)];
  }
  const counter& sent_to(peer p) const noexcept { return sent_[static_cast<std::size_t>(p)]; }
  const counter& batch_items_of(item_outcome how) const noexcept {
    return batch_items_[static_cast<std::size_t>(how)];
  }
  const counter& item_errors_of(errc e) const noexcept {
    return item_errors_[static_cast<std::size_t>(e)];
  }
  const counter& handshakes_of(std::size_t name) const noexcept { return handshakes_[name]; }
  const gauge& requests_in_flight() const noexcept { return in_flight_; }
  const gauge& open_connections() const noexcept { return connections_; }
  const gauge& busy_connections() const noexcept { return busy_; }
  const duration_histogram& loop_lags() const noexcept { return loop_lag_; }
  const counter& slow_handlers() const noexcept { return slow_handlers_; }

 private:
  static constexpr std::size_t per_route = method_names.size() * status_count;

  static std::size_t cell(std::size_t route, std::size_t method, std::size_t status) noexcept {
    method = std::min(method, method_names.size() - 1);
    return route * per_route + method * status_count + status;
  }

  std::size_t other_route_;
  std::vector<counter> requests_;
  std::vector<duration_histogram> durations_;
  std::array<duration_histogram, stage_names.size()> stages_;
  std::array<counter, rejection_names.size()> rejections_;
  std::array<counter, errc_count> errors_;
  std::array<counter, peer_names.size()> received_;
  std::array<counter, peer_names.size()> sent_;
  std::array<counter, item_outcome_names.size()> batch_items_;
  std::array<counter, errc_count> item_errors_;
  std::array<counter, handshake_names.size()> handshakes_;
  gauge in_flight_;
  gauge connections_;
  gauge busy_;
  duration_histogram loop_lag_;
  counter slow_handlers_;
};

}  // namespace tailrace::metrics
