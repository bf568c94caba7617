#include "http/line_splitter.hpp"

namespace tailrace::http {

std::optional<line_splitter::line> line_splitter::next(std::string_view& input) {
  while (!input.empty()) {
    if (returned_) begun_.clear();
    returned_ = false;
    const auto end = input.find('\n');
    if (end == input.npos) {
      keep(input);
      input = {};
      break;
    }
    std::string_view text = input.substr(0, end);
    if (!begun_.empty() || skipping_) {
      keep(text);
      text = begun_;
      returned_ = true;
    }
    input.remove_prefix(end + 1);
    if (const auto done = complete(text)) return done;
  }
  return std::nullopt;
}

std::optional<line_splitter::line> line_splitter::last() {
  if (returned_ || (begun_.empty() && !skipping_)) return std::nullopt;
  returned_ = true;
  return complete(begun_);
}

void line_splitter::keep(std::string_view part) {
  if (skipping_) return;
  // One byte more may be a CR.
  skipping_ = begun_.size() + part.size() > most_ + 1;
  if (skipping_) {
    begun_.clear();
  } else {
    begun_.append(part);
  }
}

std::optional<line_splitter::line> line_splitter::complete(std::string_view text) noexcept {
  ++number_;
  if (text.ends_with('\r')) text.remove_suffix(1);
  const bool too_long = skipping_ || text.size() > most_;
  skipping_ = false;
  if (too_long) return line{number_, {}, true};
  if (text.find_first_not_of(" \t") == text.npos) return std::nullopt;
  return line{number_, text, false};
}

}  // namespace tailrace::http
