// Who has been given how much lately, to tell who has had more than an equal share. Pure; the
// owner locks.
#pragma once
#include "admission/client_address.hpp"
#include "core/clock.hpp"

#include <cstddef>
#include <unordered_map>

namespace tailrace::admission {

class client_shares {
 public:
  // One job was let in. Amortised O(1).
  void given(const client_address& who, time_point now);

  // One more would be no more than an equal share of what all have been given. Who is alone has
  // half of it, or there would be nothing left for the next one.
  bool has_little(const client_address& who, time_point now) const;

  // Those who have been given something lately.
  std::size_t clients(time_point now) const;

 private:
  // A number of jobs, each of which counts half as much every second.
  struct tally {
    double jobs = 0;
    time_point as_of{};

    double at(time_point now) const noexcept;
    void add(time_point now) noexcept;
  };
  void forget(time_point now);

  std::unordered_map<client_address, tally, client_hash> given_;
  tally all_;
  time_point forgot_{};
};

}  // namespace tailrace::admission
