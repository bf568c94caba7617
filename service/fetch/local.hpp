// Files behind local:///, beneath one root. What may wait for the disk runs on the executor; what
// the page cache holds is copied at once, on the I/O thread.
#pragma once
#include "exec/offload.hpp"
#include "fetch/beneath.hpp"
#include "fetch/fetcher.hpp"
#include "fetch/stats.hpp"

#include <memory>
#include <string>

namespace tailrace::fetch {

class local_files {
 public:
  // `root` empty: off. Throws std::system_error when it is no folder that can be opened. Outlives
  // its coroutines and sources.
  local_files(const std::string& root, exec::executor& files, stats& counts);

  // `target` as in a parsed local: URL. The errors of local_path() and open_beneath();
  // source_refused when off; body_too_large; of the executor: overloaded, draining.
  io::awaitable<result<std::unique_ptr<source>>> open(std::string target, const request& r);

 private:
  file_descriptor root_;
  exec::executor& files_;
  stats& counts_;
};

}  // namespace tailrace::fetch
