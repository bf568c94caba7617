// The lines of a file or of standard input, read on a worker's thread and handed out on the I/O
// thread. Of bounded memory.
#pragma once
#include "cli/input.hpp"
#include "exec/executor.hpp"
#include "http/line_splitter.hpp"
#include "io/types.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::cli {

class line_reader {
 public:
  using line = http::line_splitter::line;

  // All outlive it.
  line_reader(exec::executor& on, const std::string& name, const stop_event& stop)
      : on_(on), name_(name), stop_(stop), room_(piece_bytes), lines_(line_bytes_max) {}

  // The next line that is not blank, valid until the next call; none at the end. The errors of
  // input.
  io::awaitable<result<std::optional<line>>> next();

 private:
  static constexpr std::size_t piece_bytes = 65536;
  // More than any name escaped, with any digest.
  static constexpr std::size_t line_bytes_max = 65536;

  result<std::size_t> read_piece();

  exec::executor& on_;
  const std::string& name_;
  const stop_event& stop_;
  std::optional<input> from_;
  std::vector<std::byte> room_;
  std::string_view piece_;  // of what was read, the part that is not split yet
  http::line_splitter lines_;
};

}  // namespace tailrace::cli
