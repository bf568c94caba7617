// Forms of many files, Content-Digest, and uploads that tell their progress.
#include <boost/json.hpp>

#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;
namespace json = boost::json;

namespace {

std::string sha256_of(const std::string& file) {
  return test::run_command({"sha256sum", file}).output.substr(0, 64);
}

std::string code_of(const test::answer& a) {
  CAPTURE(a.head, a.body);
  return std::to_string(a.status) + " " + std::string(json::parse(a.body).at("code").as_string());
}

}  // namespace

TEST_CASE("curl's forms: each part has its digests, of files of every size") {
  test::service s({"--io-threads=1"});
  std::vector<std::string> arguments;
  std::vector<std::string> expected;
  for (const std::size_t size : {0, 1, 4095, 4096, 65'536, 70'000, 3'000'000}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * i >> 3);
    if (size > 100) bytes.replace(50, 14, "\r\n--boundary\r\n");
    const std::string file = s.folder().write("file" + std::to_string(size), bytes);
    arguments.insert(arguments.end(), {"-F", "f=@" + file});
    expected.push_back(sha256_of(file));
  }
  for (const std::string target : {"/v1/hash", "/v1/hash?progress=1"}) {
    const auto a = s.get(target, arguments);
    CAPTURE(target, a.head, a.body);
    REQUIRE(a.status == 200);
    const auto parts = json::parse(a.body).at("parts").as_array();
    REQUIRE(parts.size() == expected.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      CHECK(parts[i].at("name") == "f");
      CHECK(parts[i].at("filename").as_string().starts_with("file"));
      CHECK(parts[i].at("digests").at("sha256").as_string() == json::string(expected[i]));
    }
  }
  arguments.insert(arguments.end(), {"-H", "Accept: text/plain"});
  const auto text = s.get("/v1/hash?algorithm=sha256", arguments);
  for (const auto& each : expected) CHECK(text.body.find(each + "  file") != std::string::npos);
  CHECK(s.metric("tailrace_memory_reserved_bytes") == 0);
}

TEST_CASE("sha256sum reads the names of parts that need escaping") {
  test::service s;
  const std::string odd = "odd\\name";
  s.folder().write(odd, "hello");
  const auto a =
      s.get("/v1/hash", {"-H", "Accept: text/plain", "-F", "f=@" + s.folder().path(odd)});
  CAPTURE(a.body);
  const std::string sums = s.folder().write("sums", a.body);
  const auto checked =
      test::run_command({"sh", "-c", "cd '" + s.folder().path("") + "' && sha256sum -c sums"});
  CHECK(checked.output.find("OK") != std::string::npos);
  CHECK(checked.output.find("FAILED") == std::string::npos);
}

TEST_CASE("what is wrong with a form is said") {
  test::service s({"--multipart-parts-max=3"});
  const auto send = [&](const std::string& body, const std::string& query = {}) {
    return code_of(s.get(
        "/v1/hash" + query,
        {"-H", "Content-Type: multipart/form-data; boundary=b", "--data-binary", "@-"}, body));
  };
  const std::string part = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n";
  CHECK(send("") == "400 bad_request");
  CHECK(send(part) == "400 bad_request");
  CHECK(send(part + "--b-") == "400 bad_request");
  CHECK(send("--b\r\n\r\nx\r\n--b--") == "400 bad_request");
  CHECK(send(part + part + part + part + "--b--") == "413 body_too_large");
  CHECK(send(part + "--b--", "?verify=md5:5d41402abc4b2a76b9719d911017c592") ==
        "400 bad_parameter");
  CHECK(code_of(s.get("/v1/hash", {"-H", "Content-Type: multipart/form-data", "-d", "x"})) ==
        "400 bad_request");
  // Not a form: bytes like any other.
  CHECK(s.get("/v1/hash", {"-H", "Content-Type: multipart/mixed; boundary=b", "-d", "x"}).status ==
        200);
}

TEST_CASE("Content-Digest is checked, whatever becomes of the body") {
  test::service s;
  const std::string sha256 = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";  // of "hello"
  const std::string sha512 =
      "m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw==";
  const auto send = [&](const std::string& target, const std::string& value,
                        const std::string& body, const std::string& type = "a/b") {
    return s.get(
        target,
        {"-H", "Content-Type: " + type, "-H", "Content-Digest: " + value, "--data-binary", "@-"},
        body);
  };
  CHECK(send("/v1/hash", "sha-256=:" + sha256 + ":", "hello").status == 200);
  CHECK(send("/v1/hash", "sha-512=:" + sha512 + ":, sha-256=:" + sha256 + ":", "hello").status ==
        200);
  CHECK(send("/v1/hash", "md5=:AA==:", "hello").status == 200);  // not ours to check
  CHECK(code_of(send("/v1/hash", "sha-256=:" + sha256 + ":", "hellO")) == "422 digest_mismatch");
  CHECK(code_of(send("/v1/hash", "sha-512=:" + sha512 + ":", "")) == "422 digest_mismatch");
  CHECK(code_of(send("/v1/hash", "sha-256=:AQI=:", "hello")) == "400 bad_request");
  CHECK(code_of(send("/v1/hash", "sha-256=hello", "hello")) == "400 bad_request");
  CHECK(code_of(send("/v1/resize", "sha-256=:" + sha256 + ":", "hellO")) == "422 digest_mismatch");
  CHECK(code_of(send("/v1/batch", "sha-256=:" + sha256 + ":", "{\"items\":[]}",
                     "application/json")) == "422 digest_mismatch");
  // Lines have been answered by then: the answer lacks its summary.
  const auto lines =
      send("/v1/batch", "sha-256=:" + sha256 + ":", "{\"data\":\"\"}\n", "application/x-ndjson");
  CHECK(lines.curl != 0);
  CHECK(lines.body.find("\"code\":\"digest_mismatch\"") != std::string::npos);
  CHECK(lines.body.find("summary") == std::string::npos);
}

TEST_CASE("an upload tells its progress, and a fetch does") {
  test::service s;
  test::raw_client client(s.port());
  REQUIRE(
      client.send("POST /v1/hash?progress=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n"
                  "Connection: close\r\n\r\nhello"));
  // The line of progress is the answer's beginning, so it is known to have come before the rest.
  std::string first = client.answer(true);
  CAPTURE(first);
  CHECK(first.starts_with("HTTP/1.1 200 "));
  REQUIRE(client.send("world"));
  const std::string rest = client.rest();
  CAPTURE(rest);
  CHECK(rest.find("{\"progress\":{\"bytes\":5,\"total\":10}}\n") != rest.npos);
  CHECK(rest.find("\"bytes\":10,\"digests\":{\"sha256\":\"936a185caaa266bb9cbe981e9e05cb78cd732b0b"
                  "3280eb944412bb6f8f8f07af\"}}\n") != rest.npos);
  CHECK(rest.ends_with("0\r\n\r\n"));

  test::fault_origin origin;
  const auto good =
      s.get("/v1/hash?progress=1&url=" + origin.escaped_url("/bytes/10000?body_latency_ms=1200"));
  CHECK(good.body.find("{\"progress\":{\"bytes\":0,\"total\":10000}}\n") != std::string::npos);
  const auto failed = s.get("/v1/hash?progress=1&url=" +
                            origin.escaped_url("/bytes/10?latency_ms=1200&status=500"));
  CAPTURE(failed.body);
  CHECK(failed.curl != 0);
  CHECK(failed.body.find("\"code\":\"origin_failed\"") != std::string::npos);
  CHECK(code_of(s.get("/v1/hash?progress=1&url=" + origin.escaped_url("/bytes/10?status=500"))) ==
        "502 origin_failed");
  CHECK(code_of(s.get("/v1/hash?progress=yes", {"-d", "x"})) == "400 bad_parameter");
}
