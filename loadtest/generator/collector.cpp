#include "loadtest/generator/collector.hpp"

#include <algorithm>
#include <limits>

namespace tailrace::load {
namespace {

constexpr unsigned never_again = std::numeric_limits<unsigned>::max();

unsigned least(const std::vector<unsigned>& seconds) {
  return *std::min_element(seconds.begin(), seconds.end());
}

}  // namespace

collector::collector(const plan& p)
    : kinds_(p.kinds.size()), reached_(p.threads, 0), closed_(p.threads, 0) {
  total_.cells.resize(p.phases.size() * kinds_);
}

void collector::add(unsigned worker, unsigned second, const live_second& part,
                    std::vector<scheduled_second> closed, unsigned closed_below) {
  {
    const std::lock_guard lock(mutex_);
    live_second& sum = live_[second];
    sum.ended.merge(part.ended);
    sum.busy += part.busy;
    sum.behind = std::max(sum.behind, part.behind);
    reached_[worker] = second + 1;
    for (const scheduled_second& s : closed) {
      auto& kinds = scheduled_.try_emplace(s.second, kinds_).first->second;
      for (std::size_t i = 0; i < kinds_; ++i) kinds[i].merge(s.kinds[i]);
    }
    closed_[worker] = closed_below;
  }
  changed_.notify_one();
}

void collector::finish(unsigned worker, const ledger& books) {
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < total_.cells.size(); ++i) {
      total_.cells[i].merge(books.cells()[i]);
    }
    total_.lateness.merge(books.lateness());
    merge_failures(total_.failures, books.failures());
    total_.last_finished = std::max(total_.last_finished, books.last_finished());
    reached_[worker] = closed_[worker] = never_again;
  }
  changed_.notify_one();
}

std::optional<second_summary> collector::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] {
    const unsigned limit = least(reached_);
    return limit == never_again || (!live_.empty() && live_.begin()->first < limit);
  });
  const second_map closed = take_closed();
  const auto node = live_.empty() ? decltype(live_)::node_type() : live_.extract(live_.begin());
  // The sums of whole histograms need not hold up a worker.
  lock.unlock();
  summarize(closed);
  if (!node) return std::nullopt;
  const live_second& s = node.mapped();
  return second_summary{node.key(), tally_summary(s.ended), s.busy, s.behind};
}

collector::second_map collector::take_closed() {
  second_map closed;
  const unsigned limit = least(closed_);
  while (!scheduled_.empty() && scheduled_.begin()->first < limit) {
    closed.insert(scheduled_.extract(scheduled_.begin()));
  }
  return closed;
}

void collector::summarize(const second_map& seconds) {
  for (const auto& [second, kinds] : seconds) {
    timeline_row row{second, {}, {}};
    tally all;
    for (const tally& kind : kinds) {
      row.kinds.emplace_back(kind);
      all.merge(kind);
    }
    row.all = tally_summary(all);
    if (all.offered > 0) total_.timeline.push_back(std::move(row));
  }
}

}  // namespace tailrace::load
