// A fuzzer: libFuzzer's entry to the one target that the build names.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/targets.hpp"

#ifndef TAILRACE_FUZZ_TARGET
#define TAILRACE_FUZZ_TARGET chunked  // where a tool reads this file alone
#endif

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    tailrace::fuzz::TAILRACE_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  } catch (const tailrace::fuzz::violation& broken) {
    std::fprintf(stderr, "a rule does not hold: %s\n", broken.what());
    std::abort();
  }
  return 0;
}
