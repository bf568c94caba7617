#include "admission/client_shares.hpp"

#include <algorithm>
#include <cmath>

namespace tailrace::admission {
namespace {

// Clients with less than this do not count any more: one job, after three half-lives.
constexpr double least = 0.125;

}  // namespace

double client_shares::left_of(const tally& t, time_point now) const noexcept {
  return t.jobs * std::exp2(-(now - t.as_of) / half_life_);
}

void client_shares::add_to(tally& t, time_point now) const noexcept {
  t = {left_of(t, now) + 1, now};
}

void client_shares::given(const client_address& who, time_point now) {
  if (now - forgot_ >= half_life_) forget(now);
  add_to(given_[who], now);
  add_to(all_, now);
}

bool client_shares::has_little(const client_address& who, time_point now) const {
  const auto found = given_.find(who);
  if (found == given_.end()) return true;
  const auto sharers = static_cast<double>(std::max<std::size_t>(given_.size(), 2));
  return left_of(found->second, now) * sharers <= left_of(all_, now);
}

bool client_shares::has_others(const client_address& who, time_point now) const {
  const auto found = given_.find(who);
  const double own = found == given_.end() ? 0 : left_of(found->second, now);
  return left_of(all_, now) - own >= least;
}

std::size_t client_shares::clients(time_point now) const {
  return static_cast<std::size_t>(std::count_if(given_.begin(), given_.end(), [&](const auto& one) {
    return left_of(one.second, now) >= least;
  }));
}

void client_shares::forget(time_point now) {
  std::erase_if(given_, [&](const auto& one) { return left_of(one.second, now) < least; });
  forgot_ = now;
}

}  // namespace tailrace::admission
