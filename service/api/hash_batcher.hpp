// Digests by SHA-256 what several coroutines of one I/O thread have at the same time, side by side
// in the lanes of one kernel (compute/hash/sha256_lanes.hpp): of streams that come so fast that
// several have bytes whenever the loop looks.
//
// Whoever has bytes leaves them here and waits. Behind everything that the loop has to do already,
// so that the others who have bytes are here too, comes a turn: it holds the loop no longer than
// hashing a slice of one stream does, and if more is left, it gets into the line of the loop again.
// Nothing here fails, and no wait ends before its bytes are hashed: they stay where they are until
// then. Everything belongs to the I/O thread.
#pragma once
#include "compute/hash/sha256_lanes.hpp"
#include "core/clock.hpp"
#include "io/bell.hpp"
#include "io/thread.hpp"
#include "io/types.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace tailrace::api {

class hash_batcher final : hash::sha256_pieces {
 public:
  // `plan` outlives this object. With a `wait_max` above 0 a turn waits that long for others to
  // come, unless all that are expected, or as many as there are lanes, are here.
  hash_batcher(io::thread& on, const hash::sha256_plan& plan, duration wait_max);
  ~hash_batcher();

  // Somebody who will have bytes again and again.
  class member {
   public:
    explicit member(hash_batcher& of) noexcept : of_(of) { ++of.members_; }
    member(const member&) = delete;
    member& operator=(const member&) = delete;
    ~member() { --of_.members_; }

   private:
    hash_batcher& of_;
  };

  // Whether there are so many members that a kernel digests them for less than OpenSSL does one by
  // one. Two are enough with SHA-NI.
  bool pays() const noexcept { return members_ > 1 && plan_.choose(members_) != nullptr; }

  // For metrics; any thread.
  const hash::sha256_lanes& lanes() const noexcept { return lanes_; }

  // The next bytes of a message; whether others' were hashed beside them. Two for the same message
  // must not be under way at once.
  io::awaitable<bool> update(hash::sha256& message, std::span<const std::byte> bytes);

 private:
  // In the frame of update(); in the list until a lane has it.
  struct entry : hash::sha256_piece, boost::intrusive::list_base_hook<> {
    entry(io::thread& on, hash::sha256& message, std::span<const std::byte> all);
    entry(const entry&) = delete;
    entry& operator=(const entry&) = delete;

    std::span<const std::byte> left;
    bool shared = false;  // a turn
    io::bell hashed;
  };

  hash::sha256_piece* next() noexcept override;
  void done(hash::sha256_piece& piece) noexcept override;
  void schedule();
  void post_turn();
  void turn();

  enum class coming : std::uint8_t { nothing, turn, timer };

  io::thread& thread_;
  const hash::sha256_plan& plan_;
  const duration wait_max_;
  hash::sha256_lanes lanes_;
  io::timer timer_;
  coming coming_ = coming::nothing;
  std::size_t members_ = 0;
  std::size_t budget_ = 0;  // bytes that this turn may still begin
  bool shared_ = false;     // this turn has bytes of several
  boost::intrusive::list<entry> waiting_;
};

}  // namespace tailrace::api
