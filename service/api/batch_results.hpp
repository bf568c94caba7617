// What a batch answers, as text: results in the order wanted, counts, the summary. Pure.
#pragma once
#include "compute/hash/hasher.hpp"
#include "core/error.hpp"
#include "core/reorder_buffer.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::api {

enum class batch_order : std::uint8_t {
  input,      // a result waits for those of all items before it
  completion  // as they come; `index` says which
};
enum class batch_form : std::uint8_t { json, lines };

struct batch_counts {
  std::uint64_t total = 0;
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;

  std::uint64_t done() const noexcept { return ok + failed + cancelled; }
};

class batch_results {
 public:
  batch_results(batch_order order, batch_form form);

  // The index of one more item; ok() or failed() is then called for it, once. `id` is JSON text, or
  // empty.
  std::uint64_t begin();
  void ok(std::uint64_t index, std::string_view id, std::uint64_t bytes,
          const hash::digest_list& digests);
  // errc::cancelled counts as cancelled.
  void failed(std::uint64_t index, std::string_view id, const error& why);

  // After all items: the summary, and the end of the document.
  void finish();
  // Instead: why the input could not be read to its end. Only lines can say so.
  void give_up(const error& why);
  // Only among lines.
  void progress();

  const batch_counts& counts() const noexcept { return counts_; }
  // Items whose results are not in the text yet.
  std::size_t waiting() const noexcept;
  // Bytes of results that wait for those before them.
  std::size_t held_bytes() const noexcept { return held_bytes_; }
  // What is to be sent next; taking it away is the caller's.
  std::string& text() noexcept { return text_; }

 private:
  void place(std::uint64_t index, std::string_view result);
  void append(std::string_view result);

  const batch_order order_;
  const batch_form form_;
  batch_counts counts_;
  std::string text_;
  std::string one_;  // the result being written, for its memory
  bool first_ = true;
  reorder_buffer<std::string> held_;  // in input order
  std::size_t held_bytes_ = 0;
};

}  // namespace tailrace::api
