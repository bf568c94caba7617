// multipart/form-data (RFC 7578, framed as in RFC 2046 §5.1), taken apart while it arrives. Pure.
#pragma once
#include "core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tailrace::http {

// The boundary of a Content-Type that is multipart/form-data; none for another type. Errors:
// bad_request for a boundary that is missing or none.
result<std::optional<std::string>> form_boundary(std::string_view content_type);

struct part_head {
  std::string name;
  std::optional<std::string> filename;
};

// Errors: bad_request, saying what is wrong.
class multipart_parser {
 public:
  // A part's header section, and what may stand behind a boundary on its line.
  static constexpr std::size_t header_bytes_max = 8192;
  static constexpr std::size_t padding_bytes_max = 256;
  // No step needs more input than this to get on.
  static constexpr std::size_t input_bytes_max = header_bytes_max + 4;

  enum class event : std::uint8_t {
    more,  // nothing to tell; if nothing was consumed either, more input is needed
    part,  // a part begins: part()
    data,  // of the part
    part_end,
    end  // of the last part; whatever follows is consumed and means nothing
  };
  struct step {
    event what = event::more;
    std::size_t consumed = 0;
    std::string_view data;  // that was consumed, or a part of it: what is left comes again
  };

  explicit multipart_parser(std::string_view boundary);

  // `input` begins where the last step's consumption ended.
  result<step> next(std::string_view input);

  const part_head& part() const noexcept { return part_; }
  bool ended() const noexcept { return state_ == state::epilogue; }

 private:
  enum class state : std::uint8_t { start, preamble, delimiter, headers, data, epilogue };

  step skip_preamble(std::string_view input);
  result<step> read_delimiter(std::string_view input);
  result<step> read_headers(std::string_view input);
  step read_data(std::string_view input);
  std::size_t held_back(std::string_view input) const noexcept;

  const std::string delimiter_;  // CRLF "--" boundary
  state state_ = state::start;
  part_head part_;
};

}  // namespace tailrace::http
