// One request to an origin whose answer several requests share, whichever I/O threads they are on.
// It belongs to the thread of the request that came first, which runs it; readers take part from
// theirs. What they share is behind a mutex, held for moments: nobody waits for another thread
// unless there is one to share with.
//
// Everything received is kept while it fits into the window, so that requests that come later can
// still join. Beyond that a reader that is alone, on the owner's thread, takes over the source
// itself. Several share the window: who is ahead waits for the others, but no more than lag_max,
// and lag_per_chunk for each chunk since; who is a window behind then is left there, and has to
// fetch for itself.
#pragma once
#include "core/error.hpp"
#include "fetch/byte_window.hpp"
#include "fetch/fetcher.hpp"
#include "io/bell.hpp"
#include "io/thread.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tailrace::fetch {

class flight_table;

class flight : public std::enable_shared_from_this<flight> {
 public:
  static constexpr duration lag_max = std::chrono::milliseconds(100);
  static constexpr duration lag_per_chunk = std::chrono::milliseconds(10);
  // An answer that takes longer than this is not joined any more: who comes then may be luckier, or
  // want a newer one.
  static constexpr duration join_max = std::chrono::seconds(10);

  // A reader's place, shared with the wake-ups that are on their way to it.
  class seat : public std::enable_shared_from_this<seat> {
   public:
    explicit seat(io::thread& on) noexcept : home(on), bell(on) {}

    io::thread& home;
    io::bell bell;  // on `home` only

   private:
    friend flight;
    // Under the flight's lock.
    std::uint64_t position_ = 0;
    bool waiting_ = false;
    std::optional<prefix_digest::value> left_behind_;
    std::unique_ptr<source> taken_over_;
  };

  // `all`, `owner` and `memory` outlive it.
  flight(flight_table& all, std::string key, io::thread& owner, request r,
         admission::budget& memory, std::size_t window_bytes_max);

  // Runs it, on the owner's thread; once. Ends when nobody reads any more.
  void start(fetcher& from);

  // A place for one more reader; null when the beginning has been dropped or all is over.
  std::shared_ptr<seat> join(io::thread& on);

  // On the seat's thread, once, before its reader ends; of the last one it ends the flight.
  void leave(seat& s) noexcept;

  // The head of the answer, which stays until the reader's next call; none when it is not here yet:
  // then the seat's bell will ring.
  std::optional<result<const source_head*>> head(seat& s);

  // The source itself, if the reader has all that came before and is to go on with it.
  std::unique_ptr<source> take_over(seat& s);

  // What a reader can have now.
  struct step {
    enum class kind : std::uint8_t { wait, bytes, end, failed, taken_over, left_behind };
    kind what = kind::wait;              // wait: the seat's bell will ring
    byte_window::piece piece;            // bytes
    std::optional<error> why;            // failed
    std::uint64_t position = 0;          // left_behind: bytes read so far …
    prefix_digest::value read_so_far{};  // … and what they were
  };
  step next(seat& s, std::size_t most);

  const std::string& key() const noexcept { return key_; }
  // How the origin is asked; unchanged once the flight has started.
  const request& asked() const noexcept { return request_; }
  // On the way to the head of the answer.
  const progress& steps() const noexcept { return steps_; }

 private:
  struct crew;
  static io::awaitable<void> run(std::shared_ptr<flight> self, fetcher& from,
                                 io::gate::pass inside);
  // Room to receive into; empty when there is nothing more to do here, none when readers have to go
  // on first.
  std::optional<std::span<std::byte>> make_room(std::unique_ptr<source>& upstream);
  std::span<std::byte> make_way(std::unique_ptr<source>& upstream,
                                std::optional<std::uint64_t> left);
  io::awaitable<void> wait_for_readers(crew& c);
  void leave_laggards_behind();
  void disband(std::unique_ptr<source>& upstream);
  bool depart(std::unique_ptr<source>& upstream);
  void received(std::size_t n);
  void land(std::optional<error> why) noexcept;
  void close_doors() noexcept;
  void wake(seat& s) noexcept;
  void wake_all() noexcept;
  void call_crew(const seat& from, bool off) noexcept;
  std::uint64_t slowest() const noexcept;

  flight_table& all_;
  const std::string key_;
  io::thread& owner_;
  const time_point began_;
  request request_;
  progress steps_;
  duration patience_ = lag_max;  // the crew's

  std::mutex mutex_;                         // guards all below
  std::optional<result<source_head>> head_;  // unless it went to a reader with its source
  std::optional<std::uint64_t> size_;
  byte_window window_;
  std::vector<seat*> seats_;
  bool joinable_ = true;
  bool over_ = false;         // nothing will be received any more …
  std::optional<error> why_;  // … because of this, unless it was the end
  crew* crew_ = nullptr;      // on the owner's thread, while it runs
  bool room_wanted_ = false;  // it waits for readers to go on
};

}  // namespace tailrace::fetch
