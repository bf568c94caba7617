// The image job: bytes of an image in, bytes of a smaller (or differently cut, turned, encoded)
// one out.
#pragma once
#include "compute/image/limits.hpp"
#include "compute/image/probe.hpp"
#include "core/body.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/image_options.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tailrace::image {

struct resized {
  body content;
  image_format format;
  std::uint64_t width;
  std::uint64_t height;
  // Turning and smart cropping, which happen on the small image, included. Before it, libvips
  // decodes a strip when the resizing asks for it, so these two are one piece of time.
  duration encode;
};

// Needs an engine. Milliseconds to seconds, so on a compute worker; any thread, many at once. The
// first frame of an animation. Errors: not_an_image, image_truncated; image_too_large, for a
// source before its pixels are decoded and for a result before it is computed; bad_parameter for a
// format that this build cannot write; client_gone or deadline_exceeded, seen between strips of
// pixels, but not while a decoder or encoder works on a whole image at once (AVIF, HEIC, WebP, GIF,
// interlaced PNG).
result<resized> resize(std::span<const std::byte> source, const image_options& options,
                       const limits& allowed, const stop_condition& stop);

// About the most memory in bytes that resize() holds at once for such an image, the source itself
// not counted. What it is made of stands in estimate.cpp.
std::uint64_t estimate_peak_bytes(const image_info& info, const image_options& options,
                                  const limits& allowed) noexcept;

}  // namespace tailrace::image
