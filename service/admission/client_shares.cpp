#include "admission/client_shares.hpp"

#include <algorithm>
#include <cmath>

namespace tailrace::admission {
namespace {

// Long beside the time between two jobs of a client that wants its share, short beside what an
// operator waits for.
constexpr std::chrono::duration<double> half_life{1};

// Clients with less than this do not count any more: one job, after three seconds.
constexpr double least = 0.125;

}  // namespace

double client_shares::tally::at(time_point now) const noexcept {
  return jobs * std::exp2(-(now - as_of) / half_life);
}

void client_shares::tally::add(time_point now) noexcept {
  jobs = at(now) + 1;
  as_of = now;
}

void client_shares::given(const client_address& who, time_point now) {
  if (now - forgot_ >= half_life) forget(now);
  given_[who].add(now);
  all_.add(now);
}

bool client_shares::has_little(const client_address& who, time_point now) const {
  const auto found = given_.find(who);
  if (found == given_.end()) return true;
  const auto sharers = static_cast<double>(std::max<std::size_t>(given_.size(), 2));
  return (found->second.at(now) + 1) * sharers <= all_.at(now) + 1;
}

std::size_t client_shares::clients(time_point now) const {
  return static_cast<std::size_t>(
      std::count_if(given_.begin(), given_.end(),
                    [now](const auto& one) { return one.second.at(now) >= least; }));
}

void client_shares::forget(time_point now) {
  std::erase_if(given_, [now](const auto& one) { return one.second.at(now) < least; });
  forgot_ = now;
}

}  // namespace tailrace::admission
