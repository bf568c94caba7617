// Which origins the metrics name, and their figures: the first so many that are in use and have
// answered (or failed often enough to be suspended), whichever I/O threads visit them: or clients
// could take up all names with hosts that they make up. A name stays while somebody visits its
// origin and for some minutes more; then the next origin that has none may get it. Thus labels are
// few at any time and change seldom, and as who is asked most comes by most often, it is they who
// have names.
//
// Visiting costs an atomic exchange where an origin has a name, and one look at an atomic where it
// has none. A lock is taken only to give names, at most once a second and for an origin that is
// new to its thread, and by a scrape that copies them.
#pragma once
#include "core/clock.hpp"
#include "core/counter.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::fetch {

class origin_board {
 public:
  static constexpr duration kept = std::chrono::minutes(5);
  static constexpr duration retry_interval = std::chrono::seconds(1);

  // The figures of one origin on one I/O thread, which alone writes them.
  struct alignas(64) cells {
    gauge connections;  // that serve a request
    gauge waiting;      // requests for their turn

   private:
    friend origin_board;
    std::atomic<std::uint32_t> suspended_{0};  // the tenancy that the open breaker belongs to
  };

  // What a thread knows of an origin's name: nothing, or which one, which may be another's by now.
  class place {
    friend origin_board;
    static constexpr std::uint32_t nowhere = 0xffffffff;
    std::uint32_t slot_ = nowhere;
    std::uint32_t tenancy_ = 0;
    bool asked_ = false;
  };

  // `time` outlives it. Threads are numbered from 0.
  origin_board(std::size_t names_max, std::size_t threads, const clock& time);
  origin_board(const origin_board&) = delete;
  origin_board& operator=(const origin_board&) = delete;

  // Begins a visit of the origin, by that thread's first of several at a time. The cells to write
  // until leave(); null when it has no name.
  cells* enter(place& p, std::string_view origin, std::size_t thread) noexcept;
  // The last of them ends.
  void leave(const place& p) noexcept;

  // Whether the breaker of the origin is open on that thread; also when nobody visits it.
  void suspend(const place& p, std::size_t thread, bool open) noexcept;

  // Any thread.
  struct figures {
    std::string origin;
    std::int64_t connections = 0;
    std::int64_t waiting = 0;
    std::int64_t suspended = 0;  // threads whose breaker is open
  };
  std::vector<figures> read() const;

 private:
  // Users and tenancy in one word, so that a name is given away only while nobody uses it.
  struct alignas(64) slot {
    std::atomic<std::uint64_t> state{0};  // tenancy << 32 | threads that visit
    std::atomic<duration::rep> left{0};   // when the last one did
    std::string name;                     // under the lock
  };

  static std::uint32_t tenancy_of(std::uint64_t state) noexcept {
    return static_cast<std::uint32_t>(state >> 32);
  }
  static std::uint32_t users_of(std::uint64_t state) noexcept {
    return static_cast<std::uint32_t>(state);
  }

  bool rejoin(const place& p) noexcept;
  bool take_name(place& p, std::string_view origin) noexcept;
  bool take_over(slot& s, std::string_view origin, time_point now);
  cells& cells_of(std::size_t name, std::size_t thread) const noexcept {
    return cells_[name * threads_ + thread];
  }

  const std::size_t names_max_;
  const std::size_t threads_;
  const clock& time_;
  std::atomic<duration::rep> full_until_{0};
  mutable std::mutex mutex_;  // of names and of giving them
  std::unique_ptr<slot[]> slots_;
  std::unique_ptr<cells[]> cells_;
};

}  // namespace tailrace::fetch
