// The lines of a file or of standard input, read on a worker's thread and handed out on the I/O
// thread. Of bounded memory: a line longer than any name with its digest is an error.
#pragma once
#include "cli/input.hpp"
#include "exec/executor.hpp"
#include "io/types.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tailrace::cli {

class line_reader {
 public:
  // All outlive it.
  line_reader(exec::executor& on, const std::string& name, const stop_event& stop) noexcept
      : on_(on), name_(name), stop_(stop) {}

  // The next line without its end (LF or CR LF); none at the end. The errors of input.
  io::awaitable<result<std::optional<std::string>>> next();

 private:
  static constexpr std::size_t piece_bytes = 65536;
  static constexpr std::size_t line_bytes_max = 1 << 20;

  result<std::size_t> read_piece();
  std::optional<std::string> cut(std::size_t end, std::size_t behind);

  exec::executor& on_;
  const std::string& name_;
  const stop_event& stop_;
  std::optional<input> from_;
  std::string text_;  // read and not handed out from `begin_` on
  std::size_t begin_ = 0;
  bool ended_ = false;
};

}  // namespace tailrace::cli
