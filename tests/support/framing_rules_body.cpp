// Content-Length, Transfer-Encoding, chunks and trailers.
#include <string>
#include <utility>

#include "tests/support/framing_rules.hpp"

namespace tailrace::test {
namespace {

using namespace std::string_literals;

const std::string hello_chunks = "5\r\nhello\r\n0\r\n\r\n";

std::string with_length(const std::string& value) {
  return post("Content-Length:" + value + "\r\n", "hello");
}

// The value stands right behind the colon.
std::string with_coding(const std::string& value) {
  return post("Transfer-Encoding:" + value + "\r\n", hello_chunks);
}

std::string chunk(const std::string& size_line_and_data) {
  return post_chunked(size_line_and_data + "0\r\n\r\n");
}

std::string trailer(const std::string& lines) {
  return post_chunked("5\r\nhello\r\n0\r\n" + lines + "\r\n");
}

framing_rule hello(const char* name, const char* section, std::string bytes) {
  return accepted(name, section, std::move(bytes), 200, "hello");
}

std::vector<framing_rule> coding_rules() {
  const std::string length = "Content-Length: 5\r\n", chunked = "Transfer-Encoding: chunked\r\n";
  return {
      refused("length, then chunked", "RFC 9112 6.1", post(length + chunked, hello_chunks)),
      refused("chunked, then length", "RFC 9112 6.1", post(chunked + length, hello_chunks)),
      refused("chunked and a length of 0", "RFC 9112 6.1",
              post("Content-Length: 0\r\n" + chunked, hello_chunks)),
      refused("identity and length", "RFC 9112 6.1",
              post("Transfer-Encoding: identity\r\n" + length, "hello")),
      refused("an unknown coding and length", "RFC 9112 6.1",
              post(length + "Transfer-Encoding: xchunked\r\n", "hello")),
      refused("chunked twice", "ours", post(chunked + chunked, hello_chunks)),
      refused("gzip, then chunked on a second line", "ours",
              post("Transfer-Encoding: gzip\r\n" + chunked, hello_chunks)),
      refused("in HTTP/1.0", "RFC 9112 6.1",
              "POST /v1/hash HTTP/1.0\r\n" + chunked + "\r\n" + hello_chunks),
      refused(
          "in HTTP/1.0 with keep-alive", "RFC 9112 6.1",
          "POST /v1/hash HTTP/1.0\r\nConnection: keep-alive\r\n" + chunked + "\r\n" + hello_chunks),
      hello("chunked", "RFC 9112 7.1", with_coding(" chunked")),
      hello("Chunked", "RFC 9112 7", with_coding(" ChunKed")),
      hello("chunked without space", "RFC 9112 5", with_coding("chunked")),
      hello("white space around chunked", "RFC 9112 5", with_coding("\t chunked \t")),
      hello("the name in small letters", "RFC 9110 5.1",
            post("transfer-encoding: chunked\r\n", hello_chunks)),
      refused("chunked in a list twice", "RFC 9112 6.1", with_coding(" chunked, chunked")),
      refused("a list with an empty element first", "ours", with_coding(" ,chunked")),
      refused("a list with an empty element last", "ours", with_coding(" chunked,")),
      refused("identity", "RFC 9112 7", with_coding(" identity")),
      refused("gzip", "RFC 9112 6.1", with_coding(" gzip")),
      refused("gzip, chunked", "ours", with_coding(" gzip, chunked")),
      refused("chunked, gzip", "RFC 9112 6.1", with_coding(" chunked, gzip")),
      refused("chunked, identity", "RFC 9112 6.1", with_coding(" chunked, identity")),
      refused("xchunked", "RFC 9112 6.1", with_coding(" xchunked")),
      refused("chunkedx", "RFC 9112 6.1", with_coding(" chunkedx")),
      refused("chunked with a parameter", "RFC 9112 7.1", with_coding(" chunked;q=1")),
      refused("chunked in quotes", "RFC 9112 7", with_coding(" \"chunked\"")),
      refused("two words", "RFC 9112 7", with_coding(" chunked chunked")),
      refused("empty", "RFC 9112 6.1", with_coding("")),
      refused("a vertical tab before chunked", "RFC 9110 5.5", with_coding(" \vchunked")),
      refused("a byte over 127 before chunked", "RFC 9112 7",
              with_coding(" \xa0"
                          "chunked")),
      refused("a NUL behind chunked", "RFC 9110 5.5", with_coding(" chunked\0"s)),
  };
}

std::vector<framing_rule> trailer_rules() {
  std::vector<framing_rule> rules{
      hello("a trailer", "RFC 9112 7.1.2", trailer("X-Sum: 1\r\n")),
      hello("two trailers", "RFC 9112 7.1.2", trailer("X-Sum: 1\r\nServer-Timing: a;dur=1\r\n")),
      hello("a trailer with odd white space", "RFC 9112 5", trailer("X-Sum:\t 1 \t\r\n")),
      refused("a trailer without a colon", "RFC 9112 5", trailer("X-Sum\r\n")),
      refused("a trailer without a name", "RFC 9112 5", trailer(": 1\r\n")),
      refused("a space before a trailer's colon", "RFC 9112 5.1", trailer("X-Sum : 1\r\n")),
      refused("a folded trailer", "RFC 9112 5.2", trailer("X-Sum: 1\r\n 2\r\n")),
      refused("a control character in a trailer", "RFC 9110 5.5", trailer("X-Sum: \x01\r\n")),
      refused("a NUL in a trailer", "RFC 9110 5.5", trailer("X-Sum: \0\r\n"s)),
      refused("a trailer that ends with LF", "RFC 9112 2.2", trailer("X-Sum: 1\n")),
      refused("a trailer that ends with CR CR LF", "RFC 9112 2.2", trailer("X-Sum: 1\r\r\n")),
      refused("a bare CR in a trailer", "RFC 9112 2.2", trailer("X-Sum: 1\r2\r\n")),
      refused("a trailer section that ends with LF", "RFC 9112 7.1.2",
              post_chunked("5\r\nhello\r\n0\r\n\n")),
      refused("trailers over 4 KiB", "ours", trailer("X-Sum: " + std::string(4096, 'a') + "\r\n")),
  };
  for (const char* name : {"Transfer-Encoding", "Content-Length", "HOST", "connection",
                           "Keep-Alive", "Proxy-Connection", "Trailer", "TE", "Upgrade", "Expect",
                           "Content-Encoding", "Content-Type", "Content-Range", "Max-Forwards",
                           "Authorization", "Cookie", "Range", "Forwarded", "X-Forwarded-For"})
    rules.push_back(refused("a trailer that frames, routes or authenticates", "RFC 9110 6.5.1",
                            trailer(name + ": 5\r\n"s)));
  return rules;
}

}  // namespace

std::vector<framing_rule> length_rules() {
  std::vector<framing_rule> rules{
      hello("a length", "RFC 9112 6.2", with_length(" 5")),
      hello("a length without space", "RFC 9112 5", with_length("5")),
      hello("white space around a length", "RFC 9112 5", with_length(" \t5\t ")),
      accepted("a length of 0", "RFC 9112 6.2", post("Content-Length: 0\r\n", "")),
      accepted("neither length nor coding", "RFC 9112 6.3", post("", "")),
      accepted("GET with a body", "RFC 9110 9.3.1",
               get("/livez", "Content-Length: 5\r\n") + "hello", 200, "hello"),
      accepted("GET with chunks", "RFC 9110 9.3.1",
               get("/livez", "Transfer-Encoding: chunked\r\n") + hello_chunks, 200, "hello"),
      accepted("a body that nobody wants", "RFC 9112 9.3",
               "POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 404, "hello"),
      accepted_last("a length in HTTP/1.0", "RFC 9112 6.2",
                    "POST /v1/hash HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"),
      accepted("a body that looks like a request", "RFC 9112 6.2",
               post("Content-Length: 28\r\n", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"), 200,
               "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
      refused("two equal lengths", "ours",
              post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")),
      refused("two lengths", "RFC 9112 6.3",
              post("Content-Length: 5\r\ncontent-length: 6\r\n", "hello")),
      refused("two lengths, the first empty", "RFC 9112 6.3",
              post("Content-Length:\r\nContent-Length: 5\r\n", "hello")),
      refused("a length and an obs-fold", "RFC 9112 5.2",
              post("Content-Length: 5\r\n 6\r\n", "hello")),
  };
  struct bad {
    const char* name;
    const char* value;
  };
  const bad values[] = {
      {"a list of equal lengths", " 5, 5"},
      {"a list of lengths", " 5, 6"},
      {"a list with an empty element", " 5,"},
      {"a list that starts empty", " ,5"},
      {"a plus", " +5"},
      {"a minus", " -5"},
      {"a negative zero", " -0"},
      {"a leading zero", " 05"},
      {"two zeros", " 00"},
      {"hexadecimal", " 0x5"},
      {"hexadecimal without prefix", " a"},
      {"a fraction", " 5.0"},
      {"an exponent", " 5e0"},
      {"an underscore", " 5_0"},
      {"a unit", " 5b"},
      {"quotes", " \"5\""},
      {"a parameter", " 5;a=b"},
      {"two numbers", " 5 5"},
      {"empty", ""},
      {"white space alone", " \t "},
      {"a vertical tab", " \v5"},
      {"a form feed", " 5\f"},
      {"a byte over 127", " 5\xa0"},
      {"a digit that is not ASCII", " \xd9\xa5"},
      {"2^64", " 18446744073709551616"},
      {"2^64 + 5", " 18446744073709551621"},
      {"2^63 - 1", " 9223372036854775807"},
      {"2^32 in many digits", " 00000000004294967301"},
      {"sixty digits", " 555555555555555555555555555555555555555555555555555555555555"}};
  for (const bad& b : values)
    rules.push_back(refused(b.name, "RFC 9110 8.6", with_length(b.value)));
  return rules;
}

std::vector<framing_rule> chunk_rules() {
  std::vector<framing_rule> rules = coding_rules();
  for (const framing_rule& rule : {
           hello("two chunks", "RFC 9112 7.1", chunk("2\r\nhe\r\n3\r\nllo\r\n")),
           hello("leading zeros", "RFC 9112 7.1", chunk("0005\r\nhello\r\n")),
           hello("a last chunk of many zeros", "RFC 9112 7.1",
                 post_chunked("5\r\nhello\r\n000\r\n\r\n")),
           accepted("hexadecimal in both cases", "RFC 9112 7.1",
                    chunk("a\r\n0123456789\r\nB\r\n0123456789a\r\n"), 200, "01234567890123456789a"),
           accepted("no data", "RFC 9112 7.1", post_chunked("0\r\n\r\n")),
           accepted("data that looks like chunks", "RFC 9112 7.1", chunk("7\r\n0\r\n\r\n0\r\r\n"),
                    200, "0\r\n\r\n0\r"),
           hello("an extension", "RFC 9112 7.1.1", chunk("5;a\r\nhello\r\n")),
           hello("an extension with a value", "RFC 9112 7.1.1",
                 chunk("5;a=b;c=\"d;e\"\r\nhello\r\n")),
           hello("an extension with white space", "RFC 9112 7.1.1",
                 chunk("5;\ta = b\r\nhello\r\n")),
           hello("an extension of the last chunk", "RFC 9112 7.1.1",
                 post_chunked("5\r\nhello\r\n0;a=b\r\n\r\n")),
           refused("extensions over 4 KiB", "RFC 9112 7.1.1",
                   chunk("5;a=" + std::string(4096, 'a') + "\r\nhello\r\n")),
           refused("an extension that ends with LF", "RFC 9112 7.1.1", chunk("5;a\nhello\r\n")),
           refused("a bare CR in an extension", "RFC 9112 7.1.1", chunk("5;a\rb\r\nhello\r\n")),
           refused("a control character in an extension", "RFC 9112 7.1.1",
                   chunk("5;a=\x01\r\nhello\r\n")),
           refused("a NUL in an extension", "RFC 9112 7.1.1", chunk("5;a=\0\r\nhello\r\n"s)),
           refused("an extension without a size", "RFC 9112 7.1", chunk(";a=b\r\nhello\r\n")),
           refused("a size with 0x", "RFC 9112 7.1", chunk("0x5\r\nhello\r\n")),
           refused("a size with a plus", "RFC 9112 7.1", chunk("+5\r\nhello\r\n")),
           refused("a size with a minus", "RFC 9112 7.1", chunk("-5\r\nhello\r\n")),
           refused("a size with an underscore", "RFC 9112 7.1", chunk("0_5\r\nhello\r\n")),
           refused("a size with an h", "RFC 9112 7.1", chunk("5h\r\nhello\r\n")),
           refused("a size with a comma", "RFC 9112 7.1", chunk("5,5\r\nhello\r\n")),
           refused("a space before the size", "RFC 9112 7.1", chunk(" 5\r\nhello\r\n")),
           refused("a space behind the size", "ours", chunk("5 \r\nhello\r\n")),
           refused("a space before an extension", "ours", chunk("5 ;a=b\r\nhello\r\n")),
           refused("a tab behind the size", "ours", chunk("5\t\r\nhello\r\n")),
           refused("an empty size", "RFC 9112 7.1", chunk("\r\nhello\r\n")),
           refused("a NUL for a size", "RFC 9112 7.1", chunk("\0\r\nhello\r\n"s)),
           refused("a size of 2^64", "RFC 9112 7.1", chunk("10000000000000000\r\nhello\r\n")),
           refused("a size of 2^64 + 5", "RFC 9112 7.1", chunk("10000000000000005\r\nhello\r\n")),
           refused("a size of 2^63", "RFC 9112 7.1", chunk("8000000000000000\r\nhello\r\n")),
           refused("zeros without end", "ours", chunk("00000000000000005\r\nhello\r\n")),
           refused("a size that ends with LF", "RFC 9112 7.1", chunk("5\nhello\r\n")),
           refused("a size that ends with CR", "RFC 9112 7.1", chunk("5\rhello\r\n")),
           refused("a size that ends with CR CR LF", "RFC 9112 7.1", chunk("5\r\r\nhello\r\n")),
           refused("no CRLF behind a chunk", "RFC 9112 7.1", chunk("5\r\nhello")),
           refused("LF behind a chunk", "RFC 9112 7.1", chunk("5\r\nhello\n")),
           refused("CR behind a chunk", "RFC 9112 7.1", chunk("5\r\nhello\r")),
           refused("a chunk longer than its size", "RFC 9112 7.1", chunk("4\r\nhello\r\n")),
           refused("a chunk shorter than its size", "RFC 9112 7.1", chunk("6\r\nhello\r\n")),
           refused("an empty line between chunks", "RFC 9112 7.1", chunk("5\r\nhello\r\n\r\n")),
       })
    rules.push_back(rule);
  for (framing_rule& rule : trailer_rules()) rules.push_back(std::move(rule));
  return rules;
}

}  // namespace tailrace::test
