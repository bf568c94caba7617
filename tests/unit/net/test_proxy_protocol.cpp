#include "net/proxy_protocol.hpp"

#include "tests/support/catch.hpp"

using namespace tailrace;
using net::proxy_header;

namespace {

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string v2(int command, int family, const std::string& rest) {
  std::string text = signature;
  text.push_back(static_cast<char>(command));
  text.push_back(static_cast<char>(family));
  text.push_back(static_cast<char>(rest.size() >> 8));
  text.push_back(static_cast<char>(rest.size() & 0xff));
  return text + rest;
}

const std::string v4_addresses("\xc0\x00\x02\x07\x0a\x00\x00\x01\x12\x34\x00\x50", 12);
const std::string v6_addresses = [] {
  std::string text("\x20\x01\x0d\xb8", 4);
  text.append(11, '\0').push_back('\x07');
  text.append(16, '\x01').append(4, '\0');
  return text;
}();

struct row {
  std::string bytes;
  std::string client;  // empty: none is named
};

}  // namespace

TEST_CASE("PROXY headers name the client, and end exactly where they end") {
  const row good[] = {
      {"PROXY TCP4 192.0.2.7 10.0.0.1 4660 80\r\n", "192.0.2.7"},
      {"PROXY TCP6 2001:db8::7 2001:db8::1 4660 80\r\n", "2001:db8::7"},
      {"PROXY TCP6 ::ffff:192.0.2.7 ::1 0 65535\r\n", "192.0.2.7"},
      {"PROXY UNKNOWN\r\n", ""},
      {"PROXY UNKNOWN whatever it says\r\n", ""},
      {v2(0x21, 0x11, v4_addresses), "192.0.2.7"},
      {v2(0x21, 0x11, v4_addresses + std::string("\x04\x00\x01z", 4)), "192.0.2.7"},  // and a TLV
      {v2(0x21, 0x21, v6_addresses), "2001:db8::7"},
      {v2(0x20, 0x00, ""), ""},
      {v2(0x20, 0x11, v4_addresses), ""},
      {v2(0x21, 0x31, std::string(216, 'x')), ""},
      {v2(0x21, 0x00, "abc"), ""},
  };
  const std::string request = "GET / HTTP/1.1\r\n";
  for (const row& r : good)
    for (std::size_t split = 0; split <= r.bytes.size(); ++split) {
      CAPTURE(r.bytes, split);
      proxy_header header;
      const std::string all = r.bytes + request;
      const auto first = header.feed(all.substr(0, split));
      REQUIRE(first.has_value());
      REQUIRE(*first == split);
      CHECK(header.complete() == (split == r.bytes.size()));
      const auto second = header.feed(all.substr(split));
      REQUIRE(second.has_value());
      CHECK(*second == r.bytes.size() - split);
      REQUIRE(header.complete());
      CHECK((header.client() ? header.client()->to_string() : "") == r.client);
    }
}

TEST_CASE("what is no PROXY header is refused at the first byte that shows it") {
  const std::string bad[] = {
      "GET / HTTP/1.1\r\n",
      "PROXX",
      "proxy TCP4",
      "PROXY TCP4 192.0.2.7 10.0.0.1 4660\r\n",
      "PROXY TCP4 192.0.2.7 10.0.0.1 4660 80 1\r\n",
      "PROXY TCP4  192.0.2.7 10.0.0.1 4660 80\r\n",
      "PROXY TCP4 2001:db8::7 2001:db8::1 4660 80\r\n",
      "PROXY TCP6 192.0.2.7 10.0.0.1 4660 80\r\n",
      "PROXY TCP5 192.0.2.7 10.0.0.1 4660 80\r\n",
      "PROXY TCP4 192.0.2.7 10.0.0.1 65536 80\r\n",
      "PROXY TCP4 192.0.2.7 10.0.0.1 04 80\r\n",
      "PROXY TCP4 192.0.2.777 10.0.0.1 4 80\r\n",
      "PROXY UNKNOWNS\r\n",
      "PROXY UNKNOWN " + std::string(94, 'x'),
      "\r\n\r\nGET",
      v2(0x11, 0x11, v4_addresses),                // version 1 in the binary form
      v2(0x22, 0x11, v4_addresses),                // no such command
      v2(0x21, 0x12, v4_addresses),                // UDP
      v2(0x21, 0x11, v4_addresses.substr(0, 11)),  // shorter than its addresses
      v2(0x21, 0x21, v4_addresses),
      v2(0x21, 0x11, std::string(4081, 'x')),  // over the limit
  };
  for (const std::string& bytes : bad) {
    CAPTURE(bytes);
    proxy_header header;
    CHECK(header.feed(bytes).has_error());
    CHECK_FALSE(header.complete());
  }
}
