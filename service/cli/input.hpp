// A file, pipe or device that is named on the command line, read by blocking calls on a worker's
// thread. Errors carry the system's own words ("No such file or directory"): source_not_found when
// it is not there, source_refused for everything else, client_gone when called off.
#pragma once
#include "cli/stop_event.hpp"
#include "core/cancel.hpp"
#include "core/error.hpp"
#include "fetch/beneath.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace tailrace::cli {

class input {
 public:
  // "-" is standard input, which is left open. Does not wait for a pipe's writer; reading does.
  static result<input> open(const std::string& name);

  // The next bytes, 0 at the end: of what is there, whatever its size was said to be. May wait for
  // a disk, and for a pipe until `stop` wakes it.
  result<std::size_t> read_some(std::span<std::byte> room, const stop_event& stop);

 private:
  input(int descriptor, fetch::file_descriptor owned, bool may_wait) noexcept
      : descriptor_(descriptor), owned_(std::move(owned)), may_wait_(may_wait) {}

  int descriptor_;
  fetch::file_descriptor owned_;  // empty: standard input
  bool may_wait_;                 // no regular file: asked with poll() before it is read
};

}  // namespace tailrace::cli
