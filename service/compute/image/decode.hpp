// Inside of this folder: opening an image with the one decoder its first bytes name, and turning
// a pipeline into pixels. Everything here throws vips::VError; probe() and resize() catch it.
#pragma once
#include "compute/image/geometry.hpp"
#include "compute/image/limits.hpp"
#include "compute/image/probe.hpp"

#include <vips/vips8>

#include <cstddef>
#include <span>

namespace tailrace::image {

// Thrown to end a job early for another reason than its source; resize() makes the error of it.
struct given_up {
  errc why;
};

// The header is read, pixels come on demand, once, from top to bottom; a file that ends early
// fails when they do. `shrink` asks a decoder that can do it for an image smaller by this factor
// (JPEG: 1, 2, 4 or 8). `bytes` must outlive the image.
vips::VImage open(image_format format, std::span<const std::byte> bytes, double shrink = 1);

// By how much the decoder itself should shrink on the way from `source` to `target`, both as
// stored: decoding fewer pixels is the cheapest way to resize. 1 where that is no use.
double decoder_shrink(image_format format, extent source, extent target) noexcept;

// All but what probe() adds from layout.hpp.
image_info describe(const vips::VImage& image, image_format format);

// A pipeline that resizes `opened` to exactly `size`, as stored (not turned), in sRGB or grey with
// 8 bits per band.
vips::VImage scaled(const vips::VImage& opened, extent size);

// Runs a pipeline on the calling thread, strip by strip, into memory. Throws given_up.
vips::VImage evaluate(const vips::VImage& pipeline, const stop_condition& stop);

}  // namespace tailrace::image
