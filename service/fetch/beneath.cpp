#include "fetch/beneath.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tailrace::fetch {
namespace {

// Without O_NONBLOCK opening a FIFO would wait for a writer; regular files do not know it.
constexpr int open_flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

file_descriptor open_by_kernel(int root, const std::string& path) noexcept {
  open_how how{};
  how.flags = open_flags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: something was renamed meanwhile, and the kernel could not be sure (openat2(2)).
  for (int tries = 0;; ++tries) {
    const long fd = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN || tries == 8) return file_descriptor(static_cast<int>(fd));
  }
}

error failure(int code) {
  switch (code) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
      return error(errc::source_not_found, "there is no such local file");
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return error(errc::overloaded);
    default:
      return error(errc::source_refused, "the local file is out of bounds or may not be read");
  }
}

}  // namespace

file_descriptor::~file_descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

file_descriptor walk_beneath(int root, const std::string& path) {
  file_descriptor at;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t slash = path.find('/', begin);
    const bool last = slash == std::string::npos;
    const int from = at ? at.get() : root;
    const int flags = (last ? open_flags : O_PATH | O_DIRECTORY | O_CLOEXEC) | O_NOFOLLOW;
    file_descriptor next(::openat(from, path.substr(begin, slash - begin).c_str(), flags));
    if (last || !next) return next;
    at = std::move(next);
    begin = slash + 1;
  }
}

result<opened_file> open_beneath(int root, const std::string& path) {
  file_descriptor file = open_by_kernel(root, path);
  if (!file && errno == ENOSYS) file = walk_beneath(root, path);
  if (!file) return failure(errno);
  struct stat status;
  if (::fstat(file.get(), &status) != 0) return failure(errno);
  if (S_ISDIR(status.st_mode)) return error(errc::source_not_found, "the local path is a folder");
  if (!S_ISREG(status.st_mode))
    return error(errc::source_refused, "the local path is no regular file");
  std::array<char, 64> validator;
  std::snprintf(validator.data(), validator.size(), "\"%llx-%llx.%09lx\"",
                static_cast<unsigned long long>(status.st_size),
                static_cast<unsigned long long>(status.st_mtim.tv_sec),
                static_cast<unsigned long>(status.st_mtim.tv_nsec));
  return opened_file(std::move(file), static_cast<std::uint64_t>(status.st_size), validator.data());
}

}  // namespace tailrace::fetch
