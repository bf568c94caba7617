#include "cli/input.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tailrace::cli {
namespace {

error failure(int code) {
  const errc what = code == ENOENT ? errc::source_not_found : errc::source_refused;
  return error(what, std::system_category().message(code));
}

}  // namespace

result<input> input::open(const std::string& name) {
  fetch::file_descriptor owned;
  int descriptor = STDIN_FILENO;
  if (name != "-") {
    // Without O_NONBLOCK opening a FIFO would wait for a writer, and nothing could call it off.
    owned =
        fetch::file_descriptor(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!owned) return failure(errno);
    descriptor = owned.get();
  }
  struct stat status;
  if (::fstat(descriptor, &status) != 0) return failure(errno);
  const bool regular = S_ISREG(status.st_mode);
  if (regular) ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  return input(descriptor, std::move(owned), !regular);
}

// A FIFO that no writer has opened yet is not readable for poll(), while read() would take it to be
// at its end.
result<std::size_t> input::read_some(std::span<std::byte> room, const stop_event& stop) {
  for (;;) {
    if (may_wait_ && !stop.wait_readable(descriptor_)) return error(errc::client_gone);
    const ssize_t n = ::read(descriptor_, room.data(), room.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR && !(may_wait_ && errno == EAGAIN)) return failure(errno);
  }
}

}  // namespace tailrace::cli
