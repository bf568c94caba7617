// SHA-256 of many messages at once: each has a lane, and the lanes advance together by the block
// function that is cheapest for as many as there are (sha256_plan.hpp). A lane whose piece has
// ended takes the next one at once, whatever the others do; so pieces end in any order, and the
// lanes stay full as long as there are pieces. No waiting, no allocation, no threads: one object
// for each thread that wants it.
#pragma once
#include "compute/hash/sha256.hpp"
#include "compute/hash/sha256_plan.hpp"
#include "core/counter.hpp"

#include <array>
#include <cstddef>
#include <span>

namespace tailrace::hash {

// The next bytes of one message.
struct sha256_piece {
  sha256* message = nullptr;
  std::span<const std::byte> bytes;
  bool last = false;        // the message ends with them:
  sha256::digest digest{};  // then this is its digest, and message->reset() comes next
};

// Where the lanes get their pieces and leave them.
class sha256_pieces {
 public:
  // The next one, or null while there is none. Not two of the same message at a time.
  virtual sha256_piece* next() noexcept = 0;

  // All its bytes are in the message's state, and nothing refers to the piece or its bytes any
  // more.
  virtual void done(sha256_piece& piece) noexcept = 0;

 protected:
  ~sha256_pieces() = default;
};

class sha256_lanes {
 public:
  // `plan` outlives this object.
  explicit sha256_lanes(const sha256_plan& plan) noexcept;

  // Until next() has none and all that it gave are done.
  void run(sha256_pieces& pieces) noexcept;

  // The same for pieces that are all there.
  void run(std::span<sha256_piece> all) noexcept;

  // Bytes of whole blocks so far, by how they were compressed; any thread may read them.
  const counter& bytes_together() const noexcept { return bytes_together_; }
  const counter& bytes_alone() const noexcept { return bytes_alone_; }

 private:
  struct lane {
    sha256_piece* piece = nullptr;
    const std::byte* at = nullptr;
    std::size_t blocks = 0;  // whole ones from `at` on; 0 = the lane is free
    bool padding = false;    // `at` is in the last blocks of the message
    sha256::padding pad;
  };

  bool begin(lane& l, sha256_piece& piece) noexcept;
  bool go_on(lane& l) noexcept;
  void fill(sha256_pieces& pieces) noexcept;
  void advance() noexcept;
  void advance(const sha256_kernel& kernel) noexcept;
  void retire(sha256_pieces& pieces) noexcept;

  const sha256_plan& plan_;
  std::size_t live_ = 0;
  std::array<lane, sha256_kernel::lanes_max> lanes_;
  // The lanes in use come first.
  std::array<lane*, sha256_kernel::lanes_max> order_;
  // What lanes without a message work on.
  std::array<std::uint32_t, 8> nobody_{};
  counter bytes_together_;
  counter bytes_alone_;
};

}  // namespace tailrace::hash
