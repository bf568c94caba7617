// Who has been given how much lately, to tell who has had more than an equal share. Pure; the
// owner locks.
#pragma once
#include "admission/client_address.hpp"
#include "core/clock.hpp"

#include <chrono>
#include <cstddef>
#include <unordered_map>

namespace tailrace::admission {

class client_shares {
 public:
  // What was given counts half as much after this long: at first a second.
  void remember_for(duration half_life) noexcept { half_life_ = half_life; }

  // One job was asked for. Amortised O(1).
  void given(const client_address& who, time_point now);

  // It has had no more than an equal share of what all have been given. Of two, if it is alone, or
  // there would be nothing left for the next one.
  bool has_little(const client_address& who, time_point now) const;

  // Somebody else has been given something lately.
  bool has_others(const client_address& who, time_point now) const;

  // Those who have been given something lately. O(all of them).
  std::size_t clients(time_point now) const;

 private:
  // A number of jobs, each of which counts the less the longer ago it was given.
  struct tally {
    double jobs = 0;
    time_point as_of{};
  };
  double left_of(const tally& t, time_point now) const noexcept;
  void add_to(tally& t, time_point now) const noexcept;
  void forget(time_point now);

  std::chrono::duration<double> half_life_{1};
  std::unordered_map<client_address, tally, client_hash> given_;
  tally all_;
  time_point forgot_{};
};

}  // namespace tailrace::admission
