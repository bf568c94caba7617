// A batch that comes as one JSON document, {"items":[…]}: its items as text, one after the other,
// so that a document takes no more memory than its bytes. Pure.
#pragma once
#include "core/error.hpp"

#include <optional>
#include <string_view>

namespace tailrace::api {

// Whether `text` is JSON and of that form. Errors: bad_parameter, with the line where it breaks.
result<void> check_document(std::string_view text);

// Whether `text` is JSON of no more than so many values and keys: what an item is, whatever its
// size in bytes. Takes no memory.
bool is_small_json(std::string_view text, std::size_t values_max);

class document_items {
 public:
  // `text` has been checked, and stays.
  explicit document_items(std::string_view text) noexcept;

  // The text of the next item.
  std::optional<std::string_view> next() noexcept;

 private:
  std::string_view rest_;  // from an item, or from what ends them
};

}  // namespace tailrace::api
