#include "loadtest/origin/framings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tailrace::load::faulty {
namespace {

std::string hex(std::size_t n) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), n, 16).ptr;
  return {digits.data(), end};
}

// One chunk with all of it; `size` and `end` are what may be wrong.
std::string chunk(const std::string& size, const std::string& content,
                  const std::string& end = "\r\n0\r\n\r\n") {
  return size + "\r\n" + content + end;
}

using text = const std::string&;

constexpr std::string_view plain = "Content-Length: {n}\r\n";
constexpr std::string_view chunks = "Transfer-Encoding: chunked\r\n";

std::string in_one_chunk(text c) {
  return chunk(hex(c.size()), c);
}

// name, valid, fields, body, chunked, closes, start of the status line
constexpr framing table[] = {
    {"length", true, plain},
    {"chunked", true, chunks, nullptr, true},
    {"close", true, "Connection: close\r\n", nullptr, false, true},

    // Lengths (RFC 9112, section 6.3; RFC 9110, section 8.6).
    {"length_over", false, "Content-Length: {n+1}\r\n", nullptr, false, true},
    {"length_under", false, "Content-Length: {n-1}\r\n"},
    {"length_differs", false, "Content-Length: {n}\r\nContent-Length: {n+1}\r\n"},
    {"length_twice", false, "Content-Length: {n}\r\nContent-Length: {n}\r\n"},
    {"length_list", false, "Content-Length: {n}, {n+1}\r\n"},
    {"length_plus", false, "Content-Length: +{n}\r\n"},
    {"length_negative", false, "Content-Length: -1\r\n"},
    {"length_empty", false, "Content-Length:\r\n"},
    {"length_words", false, "Content-Length: many\r\n"},
    {"length_overflow", false, "Content-Length: 18446744073709551617\r\n"},
    {"length_and_chunked", false, "Content-Length: {n}\r\nTransfer-Encoding: chunked\r\n",
     in_one_chunk},

    // What follows belongs to no request.
    {"answer_behind", false, plain,
     [](text c) { return c + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nspoil"; }},

    // Codings (RFC 9112, section 6.1).
    {"chunked_twice", false, "Transfer-Encoding: chunked, chunked\r\n", in_one_chunk},
    {"chunked_not_last", false, "Transfer-Encoding: chunked, identity\r\n", in_one_chunk},
    {"chunked_http_1_0", false, chunks, in_one_chunk, false, true, "HTTP/1.0 "},
    {"coding_unknown", false, "Transfer-Encoding: tailrace\r\n", nullptr, false, true},

    // Chunks (section 7.1).
    {"chunk_size_words", false, chunks, [](text c) { return chunk("many", c); }},
    {"chunk_size_empty", false, chunks, [](text c) { return chunk("", c); }},
    {"chunk_size_negative", false, chunks, [](text c) { return chunk("-1", c); }},
    {"chunk_size_prefixed", false, chunks, [](text c) { return chunk("0x" + hex(c.size()), c); }},
    {"chunk_size_overflow", false, chunks, [](text c) { return chunk("10000000000000000", c); }},
    {"chunk_size_over", false, chunks, [](text c) { return chunk(hex(c.size() + 1), c); }},
    {"chunk_size_under", false, chunks, [](text c) { return chunk(hex(c.size() - 1), c); }},
    {"chunk_end_missing", false, chunks,
     [](text c) { return chunk(hex(c.size()), c, "0\r\n\r\n"); }},
    {"chunk_bare_lf", false, chunks, [](text c) { return hex(c.size()) + "\n" + c + "\n0\n\n"; }},
    {"chunk_extension_flood", false, chunks,
     [](text c) { return chunk(hex(c.size()) + ";e=" + std::string(100'000, 'x'), c); }},
    {"last_chunk_missing", false, chunks, [](text c) { return chunk(hex(c.size()), c, "\r\n"); },
     false, true},
    {"trailer_flood", false, chunks,
     [](text c) {
       return chunk(hex(c.size()), c, "\r\n0\r\nX-Trailer: " + std::string(100'000, 'x') + "\r\n");
     }},

    // Heads (sections 2.2, 4 and 5).
    {"obs_fold", false, "Content-Length:\r\n {n}\r\n"},
    {"space_before_colon", false, "Content-Length : {n}\r\n"},
    {"space_before_name", false, " Content-Length: {n}\r\n"},
    {"no_colon", false, "Content-Length: {n}\r\nNonsense\r\n"},
    {"bare_lf", false, "Content-Length: {n}\nX-More: 1\r\n"},
    {"bare_cr", false, "X-More: a\rb\r\nContent-Length: {n}\r\n"},
    {"control_in_value", false,
     "X-More: a\x01"
     "b\r\nContent-Length: {n}\r\n"},
    {"name_empty", false, ": 1\r\nContent-Length: {n}\r\n"},
    {"http_2", false, plain, nullptr, false, false, "HTTP/2 "},
    {"not_http", false, plain, nullptr, false, true, "SSH-2.0-OpenSSH "},
};

void replace_all(std::string& in, std::string_view what, const std::string& with) {
  for (auto at = in.find(what); at != in.npos; at = in.find(what, at + with.size()))
    in.replace(at, what.size(), with);
}

}  // namespace

std::span<const framing> framings() noexcept {
  return table;
}

const framing* find_framing(std::string_view name) noexcept {
  const auto* const found = std::find_if(std::begin(table), std::end(table),
                                         [&](const auto& f) { return f.name == name; });
  return found == std::end(table) ? nullptr : found;
}

std::string fields_of(const framing& f, std::uint64_t size) {
  std::string fields(f.fields);
  replace_all(fields, "{n}", std::to_string(size));
  replace_all(fields, "{n+1}", std::to_string(size + 1));
  replace_all(fields, "{n-1}", std::to_string(size - 1));
  return fields;
}

}  // namespace tailrace::load::faulty
