// One item of a batch, read from its JSON. Pure.
#pragma once
#include "compute/hash/algorithm.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"

#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::api {

struct batch_item {
  std::string id;   // as JSON text, to be sent back; empty = none
  std::string url;  // empty: `data` it is
  std::vector<std::byte> data;
  hash::algorithm_list algorithms;  // at least one; that of `verify` too
  std::optional<hash::expectation> verify;
  std::optional<duration> timeout;
};

// An item, or what is wrong with it: its id is kept either way, where there is one that can be
// read.
struct parsed_item {
  batch_item item;
  std::optional<error> wrong;
};

// The members `url` or `data` (base64), `id` (a scalar of 1024 bytes at most), `algorithms`
// (names), `verify` ("ALG:HEX"), `timeout_ms`; any other is an error. `usual` stands in for
// `algorithms`.
parsed_item read_item(const boost::json::value& from, const hash::algorithm_list& usual);

// Reads items that come as lines of NDJSON. `number` counts from 1, for the errors.
class item_line_reader {
 public:
  parsed_item read(std::string_view line, std::uint64_t number, const hash::algorithm_list& usual);

 private:
  boost::json::parser parser_;
  std::vector<unsigned char> memory_ = std::vector<unsigned char>(16384);  // for most lines' values
};

// Reads {"items":[…]}. Errors: bad_parameter, with the line where the JSON breaks.
result<std::vector<parsed_item>> read_document(std::string_view text,
                                               const hash::algorithm_list& usual);

}  // namespace tailrace::api
