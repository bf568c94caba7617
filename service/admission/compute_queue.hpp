// The door to the queue of image work. Who comes is let in, or told at once to come later, by how
// long the wait would be: as many jobs as are inside, each as long as the last ones took. So the
// queue is as long as its work allows, whatever the images, and recovers as soon as it is short.
//
// Fair where one client floods: who has lately had more than an equal share is let in up to a
// quarter less than the wait that is allowed, who has not up to a quarter more, or one more for
// each thread.
//
// While the queue stands, sources are fetched for it no faster than it needs them: between the
// question and the arrival lies the time to the origin, and a door that is simply open or shut
// would let in far too many, then none. A client's share counts what it asks for, whether or not
// that arrives.
//
// Any thread; a short lock, a few times per image.
#pragma once
#include "admission/client_shares.hpp"
#include "admission/pace.hpp"
#include "admission/wait_limit.hpp"
#include "core/clock.hpp"
#include "core/deadline.hpp"
#include "core/error.hpp"

#include <atomic>
#include <cstddef>
#include <mutex>
#include <utility>

namespace tailrace::admission {

class compute_queue {
 public:
  // The leave to fetch a source. If it is not entered with, because there is no such source or it
  // was not needed, somebody else may fetch one instead. The queue must outlive it.
  class pass {
   public:
    pass(pass&& other) noexcept
        : queue_(other.queue_),
          who_(other.who_),
          paced_(std::exchange(other.paced_, false)),
          charged_(other.charged_) {}
    pass& operator=(pass&&) = delete;
    ~pass() {
      if (paced_) queue_->not_entered();
    }

   private:
    friend compute_queue;
    pass(compute_queue& q, const client_address& who, bool paced) noexcept
        : queue_(&q), who_(who), paced_(paced), charged_(paced) {}

    compute_queue* queue_;
    client_address who_;
    bool paced_;    // holds a token of the pace
    bool charged_;  // counts in the client's share
  };

  // A place inside, from the queue's end to the end of the job. The queue must outlive it.
  class place {
   public:
    place(place&& other) noexcept
        : queue_(std::exchange(other.queue_, nullptr)),
          start_by_(other.start_by_),
          patient_until_(other.patient_until_) {}
    place& operator=(place&&) = delete;
    ~place() {
      if (queue_ != nullptr) queue_->leave();
    }

    // When the job should have started: twice as late as was expected. If it has not, the
    // expectation was wrong, and it is better refused than served late.
    deadline start_by() const noexcept { return start_by_; }

    // Whether a job that has waited long is to be refused after all, now that its turn has come: it
    // was let in as part of a burst, and the queue turned out to stand. Who has not waited yet is
    // better served in its place. Any thread, without the lock: a worker must not hold up others.
    bool gives_up(time_point now) const noexcept {
      return patient_until_.passed(now) && queue_->stands_.load(std::memory_order_relaxed) &&
             queue_->inside_.load(std::memory_order_relaxed) > always_per_thread * queue_->threads_;
    }

    // How long the job took.
    void ran(duration took) const { queue_->learn(took, true); }
    // It was stopped after so long, unfinished.
    void stopped_after(duration took) const { queue_->learn(took, false); }

   private:
    friend compute_queue;
    place(compute_queue& q, deadline start_by, deadline patient_until) noexcept
        : queue_(&q), start_by_(start_by), patient_until_(patient_until) {}

    compute_queue* queue_;  // none once it has been moved from
    deadline start_by_;
    deadline patient_until_;
  };

  compute_queue(std::size_t threads, wait_limit limit);
  compute_queue(const compute_queue&) = delete;
  compute_queue& operator=(const compute_queue&) = delete;

  // Whether `who` would be let in now. For a request whose source is still to be fetched: the
  // cheapest time to refuse it.
  // Errors: queue_full, share_exceeded; deadline_exceeded when it would not be done by `until`.
  result<pass> ask(const client_address& who, deadline until, time_point now);

  // Lets in who has asked; errors as those of ask().
  result<place> enter(pass&& with, deadline until, time_point now);

  // For metrics: of the next one to come, and of how many there was one lately.
  duration expected_wait() const;
  std::size_t clients(time_point now) const;

 private:
  // However long jobs take, one for each thread may wait: or threads would have to idle between one
  // that ends and the next one that comes.
  static constexpr std::size_t always_per_thread = 2;

  result<void> decide(const client_address& who, deadline until, time_point now);
  double needed_per_second(duration wait) const noexcept;
  duration wait_of_next() const noexcept;
  void learn(duration took, bool whole);
  void leave() noexcept;
  void not_entered() noexcept;

  const std::size_t threads_;
  std::atomic<bool> stands_{false};  // as limit_ says, for those without the lock
  mutable std::mutex lock_;
  wait_limit limit_;
  pace fetches_;
  std::atomic<std::size_t> inside_{0};              // waiting or running; written under the lock
  time_point last_inside_{};                        // somebody came in
  duration usual_ = std::chrono::milliseconds(15);  // what a job takes, of late; at first a guess
  unsigned learned_ = 0;
  client_shares shares_;
};

}  // namespace tailrace::admission
