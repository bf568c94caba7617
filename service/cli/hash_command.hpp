// `tailrace hash`: sha256sum with the service's engine, many files and URLs at a time.
#pragma once
#include "cli/hash_options.hpp"
#include "core/settings.hpp"

namespace tailrace::cli {

// Blocks until all is done; returns the process's exit status. Takes over SIGPIPE, on a terminal
// SIGINT and its like too.
int run_hash(const hash_options& options, settings of_sources);

}  // namespace tailrace::cli
