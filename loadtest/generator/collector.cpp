#include "loadtest/generator/collector.hpp"

#include <algorithm>
#include <limits>

namespace tailrace::load {
namespace {

constexpr unsigned never_again = std::numeric_limits<unsigned>::max();

}  // namespace

collector::collector(const status_set& successes, unsigned workers)
    : successes_(successes), reached_(workers, 0), total_(successes) {}

void collector::add(unsigned worker, unsigned second, const recorder& part,
                    std::chrono::nanoseconds behind, bool last) {
  {
    const std::lock_guard lock(mutex_);
    auto& entry = seconds_.try_emplace(second, pending{recorder(successes_)}).first->second;
    entry.sum.merge(part);
    entry.behind = std::max(entry.behind, behind);
    reached_[worker] = last ? never_again : second + 1;
  }
  changed_.notify_one();
}

unsigned collector::complete_below() const noexcept {
  return *std::min_element(reached_.begin(), reached_.end());
}

std::optional<second_summary> collector::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] {
    const unsigned limit = complete_below();
    return limit == never_again || (!seconds_.empty() && seconds_.begin()->first < limit);
  });
  if (seconds_.empty()) return std::nullopt;
  const auto node = seconds_.extract(seconds_.begin());
  const recorder& sum = node.mapped().sum;
  total_.merge(sum);
  return second_summary{node.key(),         sum.succeeded(), sum.errors(),        sum.all().at(0.5),
                        sum.all().at(0.99), sum.all().max(), node.mapped().behind};
}

}  // namespace tailrace::load
