#include "fetch/flight_table.hpp"

namespace tailrace::fetch {

std::shared_ptr<flight> flight_table::find_or_list(const std::shared_ptr<flight>& fresh) {
  shard& s = shard_of(fresh->key());
  const std::lock_guard lock(s.mutex);
  return s.flights.try_emplace(fresh->key(), fresh).first->second;
}

void flight_table::forget(const flight& f) noexcept {
  shard& s = shard_of(f.key());
  std::shared_ptr<flight> last;  // let go of without the lock
  const std::lock_guard lock(s.mutex);
  const auto found = s.flights.find(f.key());
  if (found == s.flights.end() || found->second.get() != &f) return;
  last = std::move(found->second);
  s.flights.erase(found);
}

std::size_t flight_table::size() const {
  std::size_t n = 0;
  for (const shard& s : shards_) {
    const std::lock_guard lock(s.mutex);
    n += s.flights.size();
  }
  return n;
}

}  // namespace tailrace::fetch
