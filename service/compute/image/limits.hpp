// What the operator allows and prefers for images, as values; and what a running job looks at to
// know whether anybody still wants its result.
#pragma once
#include "core/cancel.hpp"
#include "core/deadline.hpp"
#include "core/error.hpp"

#include <cstdint>
#include <optional>

namespace tailrace::image {

struct limits {
  // Of a source over all its frames, and of everything that is to be computed from it.
  std::uint64_t image_pixels_max = 50'000'000;
  unsigned result_side_max = 16384;
  unsigned jpeg_quality = 80;
  unsigned webp_quality = 79;
  unsigned avif_quality = 63;
  unsigned avif_speed = 8;  // 0 (slow, small) to 9
  bool auto_rotate = true;
  bool strip_metadata = true;
  bool writes_avif = true;  // engine::writes_avif()
};

// Looked at between strips of pixels. The clock must outlive the job.
struct stop_condition {
  cancel_flag cancelled;
  deadline until;
  const clock& time;

  // Why to stop, if so: client_gone or deadline_exceeded.
  std::optional<errc> reached() const noexcept {
    if (cancelled.cancelled()) return errc::client_gone;
    if (!until.never() && until.passed(time.now())) return errc::deadline_exceeded;
    return std::nullopt;
  }
};

}  // namespace tailrace::image
