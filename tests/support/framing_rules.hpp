// The rules by which a request is framed, or refused, as data: one row for each, with the section
// that it stands in. Read by the tests of the pure checker, by those of the socket, and printed for
// the differential test behind other proxies (tests/peers).
#pragma once
#include <string>
#include <vector>

#include "tests/support/raw_client.hpp"

namespace tailrace::test {

struct framing_rule {
  const char* name;
  const char* section;  // of an RFC; "ours" where we are stricter than it on purpose
  std::string bytes;    // the whole request and nothing behind it
  unsigned status;      // of the service's answer with default settings
  bool accepted;        // false: the connection ends with that answer
  std::string body;     // of an accepted request, decoded
  bool keep;            // the connection may carry another request
};

// Of all sections, in the order of a message's bytes.
const std::vector<framing_rule>& framing_rules();

// The parts of the table.
std::vector<framing_rule> start_line_rules();
std::vector<framing_rule> target_rules();
std::vector<framing_rule> field_rules();
std::vector<framing_rule> connection_rules();
std::vector<framing_rule> length_rules();
std::vector<framing_rule> chunk_rules();

// How rows are made.
framing_rule refused(const char* name, const char* section, std::string bytes,
                     unsigned status = 400);
framing_rule accepted(const char* name, const char* section, std::string bytes,
                      unsigned status = 200, std::string body = {});
// Accepted as the last request of its connection.
framing_rule accepted_last(const char* name, const char* section, std::string bytes,
                           unsigned status = 200, std::string body = {});

// A request to be digested, with a Host; get() is that of raw_client.hpp.
std::string post(const std::string& fields, const std::string& body);
std::string post_chunked(const std::string& chunks);

}  // namespace tailrace::test
