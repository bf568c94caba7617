// Where the bodies of requests come from, and what identifies them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::load {

// Throws std::runtime_error, which names the file, when it cannot be read.
std::string read_file(const std::string& path);

// Bytes that do not compress or repeat, the same in every run and others for every other seed.
std::string made_body(std::size_t size, std::uint64_t seed = 0);

std::string sha256_hex(std::string_view bytes);

}  // namespace tailrace::load
