#include "cli/check_report.hpp"

#include <algorithm>

namespace tailrace::cli {
namespace {

std::string counted(std::uint64_t n, const char* one, const char* many) {
  return "WARNING: " + std::to_string(n) + (n == 1 ? one : many);
}

}  // namespace

verdict judge(const hash::listed& wanted, const result<hash::digest_list>& got,
              bool ignore_missing) {
  if (got.has_value()) return got->front().hex() == wanted.hex ? verdict::right : verdict::wrong;
  const bool absent = got.error().code == errc::source_not_found;
  return absent && ignore_missing ? verdict::absent : verdict::unread;
}

std::string check_report::misformatted(std::uint64_t line_number) {
  ++misformatted_;
  if (!options_.warn) return {};
  return list_ + ": " + std::to_string(line_number) + ": improperly formatted " +
         std::string(hash::tag_of(options_.algorithms.front())) + " checksum line";
}

std::string check_report::add(std::string_view name, verdict v) {
  ++read_;
  std::string_view words;
  switch (v) {
    case verdict::right:
      ++right_;
      words = options_.quiet ? "" : "OK";
      break;
    case verdict::wrong:
      ++wrong_;
      words = "FAILED";
      break;
    case verdict::unread:
      ++unread_;
      words = "FAILED open or read";
      break;
    case verdict::absent:
      break;
  }
  if (words.empty() || options_.status) return {};
  // As in the lists themselves, and as GNU coreutils have it in 9.7; 9.1 escapes only names with a
  // line feed.
  const std::string shown = hash::escaped(name);
  std::string line(shown != name ? "\\" : "");
  return line.append(shown).append(": ").append(words).append("\n");
}

std::vector<std::string> check_report::warnings() const {
  if (read_ == 0) return {list_ + ": no properly formatted checksum lines found"};
  if (options_.status) return {};
  std::vector<std::string> all;
  if (misformatted_ != 0)
    all.push_back(
        counted(misformatted_, " line is improperly formatted", " lines are improperly formatted"));
  if (unread_ != 0)
    all.push_back(
        counted(unread_, " listed file could not be read", " listed files could not be read"));
  if (wrong_ != 0)
    all.push_back(
        counted(wrong_, " computed checksum did NOT match", " computed checksums did NOT match"));
  if (options_.ignore_missing && right_ == 0) all.push_back(list_ + ": no file was verified");
  return all;
}

bool check_report::good() const noexcept {
  return read_ != 0 && wrong_ == 0 && unread_ == 0 && !(options_.strict && misformatted_ != 0) &&
         !(options_.ignore_missing && right_ == 0);
}

}  // namespace tailrace::cli
