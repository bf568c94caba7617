#include "cli/total_size.hpp"

#include "cli/url_digest.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace tailrace::cli {

std::uint64_t total_size(const std::vector<std::string>& names, const cancel_flag& cancel) {
  std::uint64_t total = 0;
  for (const std::string& name : names) {
    if (cancel.cancelled() || is_url(name)) return 0;
    struct stat status;
    const bool standard_input = name == "-";
    if ((standard_input ? ::fstat(STDIN_FILENO, &status) : ::stat(name.c_str(), &status)) != 0)
      continue;
    if (S_ISDIR(status.st_mode)) continue;
    if (!S_ISREG(status.st_mode)) return 0;
    total += static_cast<std::uint64_t>(status.st_size);
  }
  return total;
}

}  // namespace tailrace::cli
