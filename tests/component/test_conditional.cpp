// Conditional requests end to end: what a client has and the origin confirms costs no work.
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;

namespace {

const std::string samples = std::string(TAILRACE_SOURCE_DIR) + "/config/samples";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

// Answers like a good origin: 304 to its validators, else the image with `fields`.
test::script serving(const std::string& fields, const std::string& unchanged_if) {
  const std::string image = test::read_text(samples + "/river.jpg");
  return test::script().serve([=](const std::string& request) {
    if (!unchanged_if.empty() && has(request, unchanged_if))
      return "HTTP/1.1 304 Not Modified\r\n" + fields + "\r\n";
    return test::ok(image, fields);
  });
}

std::string resize(const test::origin& o, const std::string& more = "") {
  return "/v1/resize?width=50&url=" + o.url("/river.jpg") + more;
}

test::answer again(const test::service& s, const std::string& target, const std::string& tag) {
  return s.get(target, {"-H", "If-None-Match: " + tag});
}

double images_made(const test::service& s) {
  return s.metric("tailrace_executor_queue_wait_seconds_count{lane=\"long\"}");
}

}  // namespace

TEST_CASE("an origin's validator goes to the client and back; 304 costs no image") {
  struct row {
    std::string fields, asked;
    bool weak;
  };
  for (const row& r : {row{"ETag: \"v1\"\r\n", "If-None-Match: \"v1\"\r\n", false},
                       row{"ETag: W/\"v1\"\r\n", "If-None-Match: W/\"v1\"\r\n", true},
                       row{"Last-Modified: Fri, 20 Nov 2026 10:00:00 GMT\r\n",
                           "If-Modified-Since: Fri, 20 Nov 2026 10:00:00 GMT\r\n", true}}) {
    CAPTURE(r.fields);
    test::service s({"--cache-control=max-age=60", "--io-threads=1"});
    test::origin o({serving(r.fields, r.asked)});
    const auto first = s.get(resize(o));
    REQUIRE(first.status == 200);
    const std::string tag = first.field("ETag");
    CHECK(tag.starts_with(r.weak ? "W/\"" : "\""));

    const auto second = again(s, resize(o), tag);
    CHECK(second.status == 304);
    CHECK(second.body.empty());
    CHECK(second.field("ETag") == tag);
    CHECK(second.field("Cache-Control") == "max-age=60");
    CHECK(has(o.requests().back(), r.asked));
    CHECK(images_made(s) == 1);
    CHECK(o.connections() == 1);  // a 304 leaves the connection as good as new

    // Other options, a digest, or a stranger's tag: another result.
    CHECK(again(s, resize(o, "&quality=11"), tag).status == 200);
    CHECK(again(s, resize(o, "&digest=md5"), tag).status == 200);
    CHECK(again(s, resize(o), "\"abc\"").status == 200);
    CHECK(again(s, resize(o), "\"abc\", " + tag).status == 304);
    CHECK(again(s, resize(o), "*").status == 304);
  }
}

TEST_CASE("an origin that answers 200 with the same validator saves the work all the same") {
  test::service s;
  test::origin o({serving("ETag: \"v1\"\r\n", "")});
  const std::string tag = s.get(resize(o)).field("ETag");
  CHECK(again(s, resize(o), tag).status == 304);
  CHECK(images_made(s) == 1);
}

TEST_CASE("without a validator the content is one") {
  test::service s;
  test::origin o({serving("", "")});
  const auto first = s.get(resize(o, "&digest=sha256"));
  const std::string tag = first.field("ETag");
  CHECK_FALSE(tag.empty());
  const auto second = again(s, resize(o, "&digest=sha256"), tag);
  CHECK(second.status == 304);
  CHECK(second.field("X-Source-Digest") == first.field("X-Source-Digest"));
  CHECK_FALSE(has(second.field("X-Source-Digest"), "xxh128"));
  CHECK(images_made(s) == 1);
  // An upload has no address to ask for again: no tag, and no condition (RFC 9110 §13.1.2).
  const auto posted = s.get("/v1/resize?width=50", {"--data-binary", "@" + samples + "/river.jpg",
                                                    "-H", "If-None-Match: *"});
  CHECK(posted.status == 200);
  CHECK(posted.field("ETag").empty());
}

TEST_CASE("local files are identified by size and time") {
  test::temporary_folder folder;
  folder.write("a.jpg", test::read_text(samples + "/river.jpg"));
  test::service s({"--local-root=" + folder.path()});
  const std::string target = "/v1/resize?width=50&url=local:///a.jpg";
  const std::string tag = s.get(target).field("ETag");
  CHECK(again(s, target, tag).status == 304);
  CHECK(images_made(s) == 1);
  folder.write("a.jpg", test::read_text(samples + "/river.jpg") + "x");
  CHECK(again(s, target, tag).status == 200);
}

TEST_CASE("If-Modified-Since alone is asked of the origin; a 304 nobody asked for is an error") {
  test::service s;
  const std::string since = "If-Modified-Since: Fri, 20 Nov 2026 10:00:00 GMT";
  test::origin o({serving("Last-Modified: Fri, 20 Nov 2026 09:00:00 GMT\r\n", since)});
  CHECK(s.get(resize(o), {"-H", since}).status == 304);
  test::origin odd({serving("", "GET ")});
  CHECK(s.get(resize(odd)).status == 502);
}

TEST_CASE("the origin's Cache-Control is passed on when that is wanted") {
  test::origin o({serving("Cache-Control: max-age=7\r\n", "")});
  test::service own({"--cache-control=max-age=60"});
  CHECK(own.get(resize(o)).field("Cache-Control") == "max-age=60");
  test::service passing({"--cache-control=max-age=60", "--cache-control-passthrough"});
  CHECK(passing.get(resize(o)).field("Cache-Control") == "max-age=7");
}
