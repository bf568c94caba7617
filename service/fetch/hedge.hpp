// An origin that takes longer than it usually does is asked a second time, and the first of the two
// answers counts (Dean and Barroso, "The tail at scale", 2013). How it is asked is the caller's.
#pragma once
#include "fetch/answered.hpp"
#include "fetch/attempt.hpp"
#include "fetch/fetcher.hpp"
#include "io/bell.hpp"
#include "io/thread.hpp"

#include <functional>
#include <optional>

namespace tailrace::fetch {

class hedge {
 public:
  // One of the two, while it is under way and after.
  struct asking {
    asking(const request& r, progress& s) : asked(r), steps(s) {
      asked.called_off = &called_off;
      how.reused = true;
    }

    request asked;
    io::cancellation called_off;
    attempt how;
    progress& steps;
    std::optional<result<answered>> outcome;  // once it has ended
  };
  using ask = std::function<io::awaitable<result<answered>>(asking&)>;

  // All outlive it. `steps` is told of those of the first one: of the two it is the one that the
  // request waits for all the time.
  hedge(io::thread& on, const request& r, progress& steps, ask by)
      : thread_(on), request_(r), ask_(std::move(by)), first_(r, steps), bell_(on) {}
  hedge(const hedge&) = delete;
  hedge& operator=(const hedge&) = delete;

  // Asks, and once more after `patience` if `may` agrees. When one has answered, and not that it
  // is too busy, the other one is called off; ends when both have ended.
  io::awaitable<void> run(duration patience, std::function<bool()> may);

  // Which of them answered; either when none did. Its connection serves a cancellation that ends
  // with this object.
  asking& winner() noexcept;

  // How long the first one took; it might have taken longer if it was called off.
  duration first_took() const noexcept { return first_took_; }

 private:
  static io::awaitable<void> attend(hedge& h, asking& a, io::gate::pass inside);
  void start(asking& a);
  void start_second();
  bool settled() const noexcept;

  io::thread& thread_;
  const request& request_;
  ask ask_;
  asking first_;
  progress unseen_;  // of the second
  std::optional<asking> second_;
  io::bell bell_;  // one has ended
  time_point began_;
  duration first_took_{};
  unsigned under_way_ = 0;
};

}  // namespace tailrace::fetch
