// A whole run of the generator's pure parts on virtual time: its pacers, books and collector,
// around connections to a server that answers as a function says.
#pragma once
#include "loadtest/generator/collector.hpp"
#include "loadtest/generator/due_count.hpp"
#include "loadtest/generator/pacer.hpp"
#include "loadtest/generator/run.hpp"

#include <functional>
#include <vector>

namespace tailrace::test {

// What the server does with a request that begins at `begun`, after the start of the run.
struct virtual_answer {
  load::ending how = load::ending::ok;
  unsigned status = 200;
  std::chrono::nanoseconds takes{};
};
using virtual_server =
    std::function<virtual_answer(const load::ticket&, std::chrono::nanoseconds begun)>;

struct virtual_result {
  load::run_result result;
  std::vector<load::outcome> outcomes;  // of all, recorded or not
};

virtual_result run_virtually(const load::plan& p, const virtual_server& server);

}  // namespace tailrace::test
