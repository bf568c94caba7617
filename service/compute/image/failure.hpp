// Inside of this folder: the errors that a source which cannot be decoded becomes.
//
// libvips keeps its error text in one buffer for the whole process, so with several images at work
// the text may be about another one: it is thrown away, never shown, and decides nothing.
#pragma once
#include "core/error.hpp"
#include "core/image_options.hpp"

#include <cstddef>
#include <span>

namespace tailrace::image {

// The bytes are of no format that we read.
error no_image(std::span<const std::byte> bytes);

// libvips gave up on `bytes`: cut off if they end too early by their own structure, else corrupt.
// Clears the error buffer of libvips.
error undecodable(image_format format, std::span<const std::byte> bytes);

}  // namespace tailrace::image
