// Whether the copy of a result that a client has is still good (RFC 9110 §13): what to ask the
// origin so that it can tell, and what the source's validators mean for the result. Nothing is
// remembered: the client's entity tag holds all that is needed (http/entity_tag.hpp).
#pragma once
#include "fetch/fetcher.hpp"
#include "http/entity_tag.hpp"
#include "http/head.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tailrace::api {

class revalidation {
 public:
  revalidation() = default;  // of nothing

  // `variant` identifies all that is done with the source.
  revalidation(const http::fields& request, std::string variant);

  // Whether the client has a copy that may still be good.
  bool asks() const noexcept {
    return client_has_.any || !client_has_.tags.empty() || !modified_since_.empty();
  }

  // Lets the origin say that its source is unchanged.
  void ask(fetch::request& r) const;

  // The tag of the result from this source. None when the origin says nothing that identifies it:
  // then its content does.
  std::optional<http::result_tag> tag_of(const fetch::source& s) const;
  http::result_tag tag_of_content(std::string_view digest) const;

  // The tag of what the client has, when the origin answered 304 without repeating its validator:
  // known only if it was asked about one.
  std::optional<http::result_tag> confirmed() const;

  // The client has just that: 304, and no work.
  bool has(const http::result_tag& tag) const noexcept;

 private:
  std::string variant_;
  http::none_match client_has_;
  bool conditional_ = false;    // If-None-Match was sent
  std::string modified_since_;  // counts only without it (RFC 9110 §13.1.3)
};

}  // namespace tailrace::api
