#include "fetch/local_path.hpp"

#include "tests/support/catch.hpp"

using namespace tailrace;
using namespace tailrace::fetch;

TEST_CASE("targets of local URLs become paths beneath the root") {
  CHECK(local_path("/a/b%20c.jpg").value() == "a/b c.jpg");
  CHECK(local_path("//a/./b//c").value() == "a/b/c");
  CHECK(local_path("/%61%C3%bc").value() == "a\xc3\xbc");
  CHECK(local_path("/..a/b..").value() == "..a/b..");
  for (const char* up : {"/..", "/a/../b", "/%2e%2e/a", "/a/%2E.", "/.%2e/"})
    CHECK(local_path(up).error().code == errc::source_refused);
  for (const char* none : {"/", "//", "/./", "/."})
    CHECK(local_path(none).error().code == errc::source_not_found);
  for (const char* bad : {"/a%00", "/a%2fb", "/..%2Fb"})
    CHECK(local_path(bad).error().code == errc::bad_url);
}

TEST_CASE("content types go by the extension") {
  CHECK(content_type_of("a/b.jpg") == "image/jpeg");
  CHECK(content_type_of("a.JPEG") == "image/jpeg");
  CHECK(content_type_of("a.b.webp") == "image/webp");
  for (const char* name : {"a", "jpg", "a.", "a.jpgx", "a.longextension", "a.jpg/b"})
    CHECK(content_type_of(name) == "application/octet-stream");
}
