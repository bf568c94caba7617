// One entry of `allowed-sources`. Pure.
//  host         that host, any port and scheme
//  *.host       its subdomains, not the host itself
//  URL prefix   same scheme, host and port, and a path that equals the pattern's or continues it
//               at a "/" or "?" ("http://a/b" matches /b, /b/c and /b?d, not /bc). With a path, a
//               source path with dot segments or encoded separators does not match: the origin
//               might read it as one outside the prefix.
#pragma once
#include "core/error.hpp"
#include "fetch/url.hpp"

#include <string>
#include <string_view>

namespace tailrace::fetch {

class source_pattern {
 public:
  // errc::bad_parameter with the pattern and what is wrong with it.
  static result<source_pattern> parse(std::string_view text);

  bool matches(const url& u) const noexcept;

 private:
  enum class kind : std::uint8_t { host, subdomains, prefix };

  kind kind_ = kind::host;
  url url_;  // for a host pattern only its host counts
};

}  // namespace tailrace::fetch
