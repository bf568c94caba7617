#include "tests/support/framing_rules.hpp"

#include <utility>

namespace tailrace::test {

framing_rule refused(const char* name, const char* section, std::string bytes, unsigned status) {
  return {name, section, std::move(bytes), status, false, {}, false};
}

framing_rule accepted(const char* name, const char* section, std::string bytes, unsigned status,
                      std::string body) {
  return {name, section, std::move(bytes), status, true, std::move(body), true};
}

framing_rule accepted_last(const char* name, const char* section, std::string bytes,
                           unsigned status, std::string body) {
  return {name, section, std::move(bytes), status, true, std::move(body), false};
}

std::string post(const std::string& fields, const std::string& body) {
  return "POST /v1/hash HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

std::string post_chunked(const std::string& chunks) {
  return post("Transfer-Encoding: chunked\r\n", chunks);
}

const std::vector<framing_rule>& framing_rules() {
  static const std::vector<framing_rule> all = [] {
    std::vector<framing_rule> rules;
    for (auto part :
         {start_line_rules, target_rules, field_rules, connection_rules, length_rules, chunk_rules})
      for (framing_rule& rule : part()) rules.push_back(std::move(rule));
    return rules;
  }();
  return all;
}

}  // namespace tailrace::test
