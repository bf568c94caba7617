// What checking a list comes to: the line for each file, the warnings at its end and whether all
// is well, as sha256sum words them. Pure.
#pragma once
#include "cli/hash_options.hpp"
#include "core/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::cli {

enum class verdict : std::uint8_t {
  right,
  wrong,
  unread,  // could not be opened or read
  absent,  // passed over, --ignore-missing
};

// What the digest of a listed file, or why there is none, says about it.
verdict judge(const hash::listed& wanted, const result<hash::digest_list>& got,
              bool ignore_missing);

class check_report {
 public:
  // `list` is the list's name as messages show it.
  check_report(const hash_options& o, std::string list) : options_(o), list_(std::move(list)) {}

  const std::string& list() const noexcept { return list_; }

  // A line of the list that could not be read as one; returns the message for it, if any.
  std::string misformatted(std::uint64_t line_number);

  // Counts, and returns the line for standard output, if any.
  std::string add(std::string_view name, verdict v);

  // Messages for standard error, at the end of the list.
  std::vector<std::string> warnings() const;

  // Whether nothing speaks for exit status 1.
  bool good() const noexcept;

 private:
  const hash_options& options_;
  const std::string list_;
  std::uint64_t read_ = 0;  // lines in form
  std::uint64_t misformatted_ = 0;
  std::uint64_t right_ = 0;
  std::uint64_t wrong_ = 0;
  std::uint64_t unread_ = 0;
};

}  // namespace tailrace::cli
