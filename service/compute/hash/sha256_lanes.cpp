#include "compute/hash/sha256_lanes.hpp"

#include <algorithm>
#include <utility>

namespace tailrace::hash {
namespace {

class listed final : public sha256_pieces {
 public:
  explicit listed(std::span<sha256_piece> all) noexcept : left_(all) {}
  sha256_piece* next() noexcept override {
    if (left_.empty()) return nullptr;
    sha256_piece& first = left_.front();
    left_ = left_.subspan(1);
    return &first;
  }
  void done(sha256_piece&) noexcept override {}

 private:
  std::span<sha256_piece> left_;
};

}  // namespace

sha256_lanes::sha256_lanes(const sha256_plan& plan) noexcept : plan_(plan) {
  for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = &lanes_[i];
}

void sha256_lanes::run(std::span<sha256_piece> all) noexcept {
  listed pieces(all);
  run(pieces);
}

void sha256_lanes::run(sha256_pieces& pieces) noexcept {
  for (fill(pieces); live_ > 0; fill(pieces)) {
    advance();
    retire(pieces);
  }
}

void sha256_lanes::fill(sha256_pieces& pieces) noexcept {
  while (live_ < plan_.lanes()) {
    sha256_piece* const piece = pieces.next();
    if (piece == nullptr) return;
    if (begin(*order_[live_], *piece))
      ++live_;
    else
      pieces.done(*piece);
  }
}

// False when the piece has ended already.
bool sha256_lanes::begin(lane& l, sha256_piece& piece) noexcept {
  // What another piece began to fill of a block is filled first.
  const std::size_t waiting = piece.message->buffered();
  const std::size_t missing = waiting == 0 ? 0 : sha256::block_bytes - waiting;
  const std::size_t taken = std::min(missing, piece.bytes.size());
  piece.message->update(piece.bytes.first(taken));
  l.piece = &piece;
  l.at = piece.bytes.data() + taken;
  l.blocks = (piece.bytes.size() - taken) / sha256::block_bytes;
  l.padding = false;
  return l.blocks > 0 || go_on(l);
}

// When the whole blocks are through: what comes after them. False when nothing does.
bool sha256_lanes::go_on(lane& l) noexcept {
  sha256& message = *l.piece->message;
  if (l.padding) {
    l.piece->digest = message.value();
    return false;
  }
  const auto& bytes = l.piece->bytes;
  const std::span<const std::byte> rest(l.at, bytes.data() + bytes.size());
  if (!l.piece->last) {
    message.update(rest);
    return false;
  }
  // The piece was too short for the block that had begun.
  if (message.buffered() > 0) {
    l.piece->digest = message.finish();
    return false;
  }
  l.blocks = message.pad(rest, l.pad);
  l.at = l.pad.data();
  l.padding = true;
  return true;
}

void sha256_lanes::advance() noexcept {
  if (const sha256_kernel* kernel = plan_.choose(live_)) return advance(*kernel);
  // OpenSSL takes one to its end; which one makes no difference.
  lane& l = *order_[0];
  const std::size_t bytes = l.blocks * sha256::block_bytes;
  l.piece->message->update({l.at, bytes});
  bytes_alone_.add(bytes);
  l.at += bytes;
  l.blocks = 0;
}

// As many blocks as the shortest of those that take part has. When not all can, the longest do: so
// that it does not remain alone in the end.
void sha256_lanes::advance(const sha256_kernel& kernel) noexcept {
  const std::size_t taking_part = std::min(live_, kernel.lanes);
  const auto all = order_.begin();
  if (taking_part < live_)
    std::nth_element(all, all + static_cast<std::ptrdiff_t>(taking_part),
                     all + static_cast<std::ptrdiff_t>(live_),
                     [](const lane* a, const lane* b) { return a->blocks > b->blocks; });
  std::array<std::uint32_t*, sha256_kernel::lanes_max> states;
  std::array<const std::byte*, sha256_kernel::lanes_max> messages;
  std::size_t blocks = order_[0]->blocks;
  for (std::size_t i = 0; i < taking_part; ++i) {
    states[i] = order_[i]->piece->message->words();
    messages[i] = order_[i]->at;
    blocks = std::min(blocks, order_[i]->blocks);
  }
  // The lanes left over do what the first one does, into nobody's state.
  std::fill(states.begin() + static_cast<std::ptrdiff_t>(taking_part), states.end(),
            nobody_.data());
  std::fill(messages.begin() + static_cast<std::ptrdiff_t>(taking_part), messages.end(),
            messages[0]);
  kernel.compress(states.data(), messages.data(), blocks);
  bytes_together_.add(taking_part * blocks * sha256::block_bytes);
  for (std::size_t i = 0; i < taking_part; ++i) {
    lane& l = *order_[i];
    l.piece->message->count(blocks);
    l.at += blocks * sha256::block_bytes;
    l.blocks -= blocks;
  }
}

void sha256_lanes::retire(sha256_pieces& pieces) noexcept {
  for (std::size_t i = 0; i < live_;) {
    lane& l = *order_[i];
    if (l.blocks > 0 || go_on(l)) {
      ++i;
      continue;
    }
    std::swap(order_[i], order_[--live_]);
    pieces.done(*l.piece);
  }
}

}  // namespace tailrace::hash
