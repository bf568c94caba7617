#include "cli/progress_text.hpp"
#include "cli/quoted_name.hpp"
#include "cli/url_digest.hpp"
#include "core/reorder_buffer.hpp"

#include <chrono>
#include <string>

#include "tests/support/catch.hpp"

namespace tailrace::cli {

TEST_CASE("results leave in the order they were asked for") {
  reorder_buffer<std::string> all;
  const auto a = all.enter(), b = all.enter();
  all.put(b, "b");
  CHECK_FALSE(all.take());
  CHECK(all.size() == 2);
  all.put(a, "a");
  CHECK(all.take() == "a");
  CHECK(all.take() == "b");
  CHECK_FALSE(all.take());

  // Numbers go on where they were.
  const auto c = all.enter();
  all.put(c, "c");
  CHECK(all.take() == "c");
  CHECK(all.size() == 0);
}

TEST_CASE("names in messages can be pasted into a shell and do nothing to a terminal") {
  CHECK(quoted_name("a-b/c.d_e") == "a-b/c.d_e");
  CHECK(quoted_name("ä") == "ä");
  CHECK(quoted_name("") == "''");
  CHECK(quoted_name("a b") == "'a b'");
  CHECK(quoted_name("it's") == "'it'\\''s'");
  CHECK(quoted_name("n\nl") == "'n'$'\\n''l'");
  CHECK(quoted_name("\xff") == "''$'\\377'");
  CHECK(quoted_name("\033[2J") == "''$'\\033''[2J'");
  CHECK(quoted_name("\t\r") == "''$'\\t\\r'");
  CHECK(quoted_name("$x") == "'$x'");
}

TEST_CASE("URLs are told from files by their scheme alone") {
  CHECK(is_url("http://a/"));
  CHECK(is_url("HTTPS://a"));
  CHECK_FALSE(is_url("./http://a/"));
  CHECK_FALSE(is_url("http:/a"));
  CHECK_FALSE(is_url("ftp://a"));
  CHECK_FALSE(is_url("local:///a"));
  CHECK_FALSE(is_url("http"));
}

TEST_CASE("bytes are readable") {
  CHECK(readable_bytes(0) == "0 B");
  CHECK(readable_bytes(999) == "999 B");
  CHECK(readable_bytes(1000) == "1.0 kB");
  CHECK(readable_bytes(999'960) == "1.0 MB");
  CHECK(readable_bytes(12'340'000) == "12.3 MB");
  CHECK(readable_bytes(2.5e18) == "2500.0 PB");
}

TEST_CASE("the progress line says what is known and fits") {
  progress_state at;
  at.items = 3;
  at.bytes = 5'000'000;
  at.spent = std::chrono::seconds(2);
  CHECK(progress_text(at, 79) == "3  5.0 MB  2.5 MB/s");

  at.items_total = 12;
  at.bytes_total = 10'000'000;
  // Half of the bytes are half of the bar.
  CHECK(progress_text(at, 79) ==
        "[====================>                   ]  3/12  5.0 MB of 10.0 MB  2.5 MB/s");
  CHECK(progress_text(at, 49) == "[======>     ]  3/12  5.0 MB of 10.0 MB  2.5 MB/s");
  CHECK(progress_text(at, 46) == "3/12  5.0 MB of 10.0 MB  2.5 MB/s");
  CHECK(progress_text(at, 4) == "3/12");

  // A file that grew is no more than all of it.
  at.bytes = 20'000'000;
  CHECK(progress_text(at, 79).starts_with("[========================================]"));
  CHECK(progress_text(progress_state(), 79) == "0  0 B");
}

}  // namespace tailrace::cli
