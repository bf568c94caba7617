// The bytes of a whole answer, produced a piece at a time: head, then the body in its framing.
#pragma once
#include "loadtest/origin/content.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace tailrace::load::faulty {

class message {
 public:
  // `chunk_bytes` of 0 sends the body as it is, otherwise in chunks of so many bytes.
  message(std::string head, content body, std::uint64_t chunk_bytes);

  std::uint64_t head_size() const noexcept { return head_size_; }
  // Of head and body on the wire; content::endless without an end.
  std::uint64_t size() const noexcept;

  // The next bytes, as many as there is room for; 0 at the end.
  std::size_t read(std::span<char> room);

 private:
  void next_chunk();

  std::string ready_;  // head, chunk size lines
  std::size_t ready_taken_ = 0;
  content body_;
  std::uint64_t head_size_;
  std::uint64_t chunk_bytes_;
  std::uint64_t place_ = 0;      // in the body
  std::uint64_t chunk_end_ = 0;  // where the current chunk ends; the whole body is one of its own
  bool last_chunk_ = false;
};

}  // namespace tailrace::load::faulty
