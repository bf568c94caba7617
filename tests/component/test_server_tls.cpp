// TLS on the public listener, spoken to with curl and openssl.
#include <optional>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;

namespace {

struct tls_service {
  explicit tls_service(std::vector<std::string> flags = {}) {
    folder.write("ca.pem", ca.certificate());
    write(ca.issue("DNS:edge.example"));
    flags.push_back("--tls-certificate-file=" + folder.path("cert.pem"));
    flags.push_back("--tls-key-file=" + folder.path("key.pem"));
    service.emplace(flags);
  }

  void write(const test::identity& id) const {
    folder.write("cert.pem", id.certificate);
    folder.write("key.pem", id.key);
  }

  test::answer get(const std::string& target, std::vector<std::string> arguments = {},
                   const std::string& input = {}, const std::string& host = "edge.example") const {
    const std::string port = std::to_string(service->port());
    arguments.insert(arguments.end(),
                     {"--cacert", folder.path("ca.pem"), "--resolve",
                      host + ":" + port + ":127.0.0.1", "https://" + host + ":" + port + target});
    return test::curl(arguments, input);
  }

  std::string s_client(std::vector<std::string> arguments) const {
    std::vector<std::string> command{"openssl",  "s_client",
                                     "-connect", "127.0.0.1:" + std::to_string(service->port()),
                                     "-CAfile",  folder.path("ca.pem")};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return test::run_command(command, "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .output;
  }

  test::authority ca;
  test::temporary_folder folder;
  std::optional<test::service> service;
};

}  // namespace

TEST_CASE("requests of every kind work over TLS") {
  tls_service s({"--local-root=" + std::string(TAILRACE_SOURCE_DIR) + "/config/samples"});
  const auto small = s.get("/v1/hash", {"--data-binary", "hello"});
  CHECK(small.curl == 0);
  CHECK(small.body.find("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824") !=
        small.body.npos);
  // Many records each way: a body of several MB, as one length and in chunks.
  const std::string large(5'000'000, 'x');
  const std::string digest = test::run_command({"sha256sum"}, large).output.substr(0, 64);
  CHECK(s.get("/v1/hash", {"--data-binary", "@-"}, large).body.find(digest) != std::string::npos);
  const auto chunked =
      s.get("/v1/hash", {"-X", "POST", "-T", "-", "-H", "Transfer-Encoding: chunked"}, large);
  CHECK(chunked.body.find(digest) != std::string::npos);
  const auto image = s.get("/v1/resize?url=local:///river.jpg&width=2000&enlarge=1&format=png");
  CHECK(image.status == 200);
  CHECK(image.body.size() > 1'000'000);
  CHECK(image.body.starts_with("\x89PNG"));
  // Two requests on one connection.
  const auto two = s.get("/livez", {s.service->url("").replace(0, 4, "https") + "/livez", "-k"});
  CHECK(two.curl == 0);
  CHECK(s.service->metric("tailrace_tls_handshakes_total{outcome=\"ok\"}") >= 5);
}

TEST_CASE("TLS: protocol versions, ALPN and resumption") {
  tls_service s;
  CHECK(s.get("/livez", {"--tls-max", "1.2"}).status == 200);
  CHECK(s.get("/livez", {"--tlsv1.3"}).status == 200);
  CHECK(s.s_client({"-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"}).find("HTTP/1.1") ==
        std::string::npos);
  CHECK(s.s_client({"-alpn", "h2,http/1.1", "-ign_eof"}).find("ALPN protocol: http/1.1") !=
        std::string::npos);
  CHECK(s.s_client({"-alpn", "h2", "-ign_eof"}).find("HTTP/1.1 200") == std::string::npos);
  const std::string session = s.folder.path("session");
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    CAPTURE(version);
    s.s_client({version, "-ign_eof", "-sess_out", session});
    const std::string resumed = s.s_client({version, "-ign_eof", "-sess_in", session});
    CHECK(resumed.find("Reused, TLSv1") != resumed.npos);
  }
  CHECK(s.service->metric("tailrace_tls_handshakes_total{outcome=\"resumed\"}") == 2);
}

TEST_CASE("a renewed certificate is taken up on SIGHUP, a bad one is not") {
  tls_service s;
  REQUIRE(s.get("/livez").status == 200);
  const auto wait_for = [&](const std::string& line) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (s.service->output().find(line) == std::string::npos &&
           std::chrono::steady_clock::now() < end) {
    }
    CHECK(s.service->output().find(line) != std::string::npos);
  };
  s.folder.write("key.pem", "no key");
  s.service->process().signal(SIGHUP);
  wait_for("the certificate was not replaced");
  CHECK(s.get("/livez").status == 200);

  s.write(s.ca.issue("DNS:renewed.example"));
  s.service->process().signal(SIGHUP);
  wait_for("the certificate was read again");
  // The threads take it up in their turn.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  test::answer a;
  while (a.status != 200 && std::chrono::steady_clock::now() < end)
    a = s.get("/livez", {}, {}, "renewed.example");
  CHECK(a.status == 200);
}

TEST_CASE("who does not speak TLS, or does not get on with it, is told or closed") {
  tls_service s({"--header-timeout-ms=300"});
  test::raw_client plain(s.service->port());
  REQUIRE(plain.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"));
  const std::string told = plain.rest();
  CHECK(told.starts_with("HTTP/1.1 400 "));
  CHECK(told.find("plain HTTP was sent to a TLS port") != told.npos);
  test::raw_client noise(s.service->port());
  REQUIRE(noise.send(std::string(100, '\xff')));
  noise.rest();
  // A handshake that never goes on ends by the header timeout.
  test::raw_client silent(s.service->port()), half(s.service->port());
  REQUIRE(half.send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7)));
  CHECK(silent.rest().empty());
  CHECK(half.rest().empty());
  CHECK(s.service->metric("tailrace_tls_handshakes_total{outcome=\"failed\"}") >= 4);
  CHECK(s.get("/livez").status == 200);
}

TEST_CASE("a client that leaves without close_notify is nobody's fault") {
  tls_service s;
  const std::string answer = s.s_client({"-ign_eof", "-quiet"});
  CHECK(answer.find("HTTP/1.1 200 OK") != answer.npos);
  CHECK(s.service->output().find("error") == std::string::npos);
}

TEST_CASE("a certificate that cannot be used stops the start, with its file") {
  test::authority ca;
  test::temporary_folder folder;
  const auto one = ca.issue("DNS:a"), other = ca.issue("DNS:a");
  const auto cert = "--tls-certificate-file=" + folder.write("cert.pem", one.certificate);
  const auto wrong = "--tls-key-file=" + folder.write("other.pem", other.key);
  const std::string mismatch = test::failed_start({cert, wrong});
  CHECK(mismatch.find("other.pem\" cannot be used") != mismatch.npos);
  const std::string absent = test::failed_start({"--tls-certificate-file=/nowhere.pem", wrong});
  CHECK(absent.find("/nowhere.pem\" cannot be used") != absent.npos);
  // And is seen by --check-config before that.
  const std::string binary = std::string(TAILRACE_BINARY_DIR) + "/tailrace";
  CHECK(test::run_command({binary, "--check-config", cert, wrong}).status == 2);
  const auto right = "--tls-key-file=" + folder.write("key.pem", one.key);
  CHECK(test::run_command({binary, "--check-config", cert, right}).status == 0);
}
