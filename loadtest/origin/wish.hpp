// What a request's query asks for, checked. Unknown names, values out of range, repetitions and
// contradictions are refused: a misspelt fault must not be taken for one that was withstood.
#pragma once
#include "loadtest/origin/framings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace tailrace::load::faulty {

// Where an answer stops for good; the connection stays open.
enum class stall : std::uint8_t { never, head, mid_head, body };

struct wish {
  // What is answered.
  std::uint64_t seed = 0;  // of /bytes
  std::string to;          // where the last redirect points
  unsigned status = 0;     // 0: the usual one of the path
  std::string content_type;
  std::string etag;
  std::string cache_control;
  bool gzip = false;
  bool endless = false;
  unsigned headers = 0;  // more fields than anybody needs
  unsigned interim = 0;  // answers with status 103 before the real one

  // How.
  const faulty::framing* framing = find_framing("length");
  std::uint64_t chunk_bytes = 16384;
  bool close = false;
  bool no_close_notify = false;

  // When, and up to where.
  std::optional<unsigned> latency_ms;  // before the first byte
  unsigned jitter_ms = 0;              // at most so much more
  unsigned body_latency_ms = 0;        // between head and body
  std::uint64_t trickle_bytes_per_s = 0;
  faulty::stall stall = stall::never;
  std::optional<std::uint64_t> cut;    // so many bytes of the whole answer, then an orderly end
  std::optional<std::uint64_t> reset;  // or a reset
};

// The wish, or why it is none. `query` is percent-encoded, without its question mark.
std::variant<wish, std::string> parse_wish(std::string_view query);

// Plain text of the names and what they take, for --help.
std::string wish_help();

// Nothing when the escapes are wrong.
std::optional<std::string> percent_decoded(std::string_view text);
// All but unreserved characters escaped.
std::string percent_encoded(std::string_view text);

// The whole of `text` as a number of at most `most`.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most);

}  // namespace tailrace::load::faulty
