// What `tailrace hash` was asked to do.
#pragma once
#include "compute/hash/algorithm.hpp"
#include "compute/hash/checksum_line.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tailrace::cli {

struct hash_options {
  hash::algorithm_list algorithms{hash::algorithm::sha256};
  bool algorithm_given = false;
  std::size_t max_concurrent = 8;  // files and URLs at a time, 1 to max_concurrent_max
  bool fail_fast = false;          // the first error ends all
  bool progress = true;            // on a terminal
  hash::line_style style;

  // Of checking.
  bool check = false;
  bool ignore_missing = false;
  bool quiet = false;   // no line for what is right
  bool status = false;  // no line at all
  bool strict = false;  // an improperly formatted line is a failure
  bool warn = false;    // and told

  std::vector<std::string> names;  // files, URLs, "-" for standard input; never empty
};

inline constexpr std::size_t max_concurrent_max = 256;

}  // namespace tailrace::cli
