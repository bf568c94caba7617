// How many bytes the named files have together. Blocks for as long as looking takes.
#pragma once
#include "core/cancel.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tailrace::cli {

// 0 when there is no telling: one of them is no regular file, or it was called off. What does not
// exist has no bytes.
std::uint64_t total_size(const std::vector<std::string>& names, const cancel_flag& cancel);

}  // namespace tailrace::cli
