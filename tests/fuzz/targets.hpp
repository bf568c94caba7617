// One function per fuzzed parser: takes any bytes, checks what must hold for all of them. Shared by
// the fuzzers (fuzz.cpp) and by the test that replays the kept corpus.
#pragma once
#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tailrace::fuzz {

// A rule does not hold: a bug in what is fuzzed, or in the rule.
class violation : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

inline void require(bool holds, const std::string& rule) {
  if (!holds) throw violation(rule);
}

// Each throws violation, or nothing. Single-threaded. The first byte of most inputs says how the
// rest is split: see piece_size().
void answer_head(std::string_view input);
void chunked(std::string_view input);
void image_header(std::string_view input);
void multipart(std::string_view input);
void proxy_header(std::string_view input);
void request_head(std::string_view input);
void request_session(std::string_view input);
void source_url(std::string_view input);
void trace_context(std::string_view input);

struct target {
  std::string_view name;  // also of its folder under corpus/
  void (*run)(std::string_view input);
};

inline constexpr std::array<target, 9> targets{{
    {"answer_head", answer_head},
    {"chunked", chunked},
    {"image_header", image_header},
    {"multipart", multipart},
    {"proxy_header", proxy_header},
    {"request_head", request_head},
    {"request_session", request_session},
    {"source_url", source_url},
    {"trace_context", trace_context},
}};

}  // namespace tailrace::fuzz
