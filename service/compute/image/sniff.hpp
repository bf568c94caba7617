// What the first bytes of a file say it is, by our own reading: the answer decides which decoder
// is called at all. Pure; any thread.
#pragma once
#include "core/image_options.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace tailrace::image {

// image_format::other when it is none that we read.
image_format sniff(std::span<const std::byte> bytes) noexcept;

// "jpeg", "png", …
std::string_view name_of(image_format format) noexcept;
// "image/jpeg", …; what we never write has one too, for answers about a source.
std::string_view content_type_of(image_format format) noexcept;

// Whether a file whose decoding failed ends before its own structure (segments, chunks, boxes)
// says it should: then it was cut off, else it is corrupt. Reads lengths only, never pixels, and
// at most the whole input once. False for formats that announce no end.
bool ends_early(image_format format, std::span<const std::byte> bytes) noexcept;

}  // namespace tailrace::image
