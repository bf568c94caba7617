// Origins that cannot prove who they are, or speak no TLS worth the name, over the whole service:
// the client is told so, and no byte of a request has reached them.
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;

namespace {

const std::string handshakes = "tailrace_upstream_tls_handshakes_total";

// A service that trusts `ca` and nobody else.
class trusting {
 public:
  explicit trusting(const test::authority& ca)
      : service_({"--origin-ca-file=" + folder_.write("ca", ca.certificate()),
                  "--connect-timeout-ms=300"}) {}

  test::answer hash(const test::fault_origin& o, const char* host = "127.0.0.1") const {
    return service_.get("/v1/hash?url=" + o.escaped_url("/bytes/100", host));
  }
  const test::service& service() const noexcept { return service_; }

 private:
  test::temporary_folder folder_;
  test::service service_;
};

void check_failed(const test::answer& a, int status, const std::string& code) {
  CAPTURE(a.head, a.body);
  CHECK(a.status == status);
  CHECK(a.body.find("\"code\":\"" + code + "\"") != std::string::npos);
  CHECK(a.body.find("digest") == std::string::npos);
}

// It was spoken to, but not asked for anything.
void check_told_nothing(const test::fault_origin& o) {
  CHECK(o.counter("connections_accepted") > 0);
  CHECK(o.counter("request_bytes") == 0);
  CHECK(o.counter("requests") == 0);
}

// What a server presents that sends its issuer's certificate along.
test::identity with_chain(test::identity who, const test::authority& issuer) {
  who.certificate += issuer.certificate();
  return who;
}

}  // namespace

TEST_CASE("origins whose certificate proves nothing are told nothing") {
  const test::authority ca;
  const test::authority stranger;
  const test::authority middle = ca.subordinate();
  const test::authority impostor = ca.subordinate(/*may_issue=*/false);
  const std::string here = "IP:127.0.0.1";
  const struct {
    const char* fault;
    test::identity who;
    const char* host = "127.0.0.1";
  } rows[] = {
      {"expired", ca.issue(here, -3, -1)},
      {"not yet valid", ca.issue(here, 1, 2)},
      {"another address", ca.issue("IP:127.0.0.2")},
      {"an address as a name", ca.issue("DNS:127.0.0.1")},
      {"another name", ca.issue("DNS:other.example,IP:127.0.0.1"), "localhost"},
      {"self-signed", test::self_signed(here)},
      {"an unknown authority", stranger.issue(here)},
      {"an unknown authority, sent along", with_chain(stranger.issue(here), stranger)},
      {"the intermediate certificate is missing", middle.issue(here)},
      {"issued by who must not", with_chain(impostor.issue(here), impostor)},
      {"a client's certificate", ca.issue(here, -1, 1, "clientAuth")},
  };
  const trusting t(ca);
  double failures = 0;
  for (const auto& r : rows) {
    INFO(r.fault);
    const test::fault_origin o({}, &r.who);
    check_failed(t.hash(o, r.host), 502, "origin_tls");
    check_told_nothing(o);
    ++failures;
  }
  CHECK(t.service().metric("tailrace_errors_total{side=\"origin\",code=\"origin_tls\"}") ==
        failures);
  CHECK(t.service().metric(handshakes + "{outcome=\"failed\"}") == failures);
  CHECK(t.service().metric(handshakes + "{outcome=\"ok\"}") == 0);
}

TEST_CASE("origins that can prove who they are are asked") {
  const test::authority ca;
  const test::authority middle = ca.subordinate();
  const trusting t(ca);
  const struct {
    const char* what;
    test::identity who;
    const char* host = "127.0.0.1";
  } rows[] = {
      {"an address", ca.issue("IP:127.0.0.1")},
      {"a name", ca.issue("DNS:localhost"), "localhost"},
      {"the chain is whole", with_chain(middle.issue("IP:127.0.0.1"), middle)},
      {"a server's certificate", ca.issue("IP:127.0.0.1", -1, 1, "serverAuth")},
  };
  for (const auto& r : rows) {
    INFO(r.what);
    const test::fault_origin o({}, &r.who);
    const auto a = t.hash(o, r.host);
    CAPTURE(a.body);
    CHECK(a.status == 200);
    CHECK(o.counter("requests") == 1);
  }
  CHECK(t.service().metric(handshakes + "{outcome=\"ok\"}") == std::size(rows));
  CHECK(t.service().metric(handshakes + "{outcome=\"failed\"}") == 0);
}

TEST_CASE("TLS before version 1.2 is not spoken") {
  const test::authority ca;
  const test::identity who = ca.issue("IP:127.0.0.1");
  const trusting t(ca);
  const test::fault_origin old({"--tls-max=1.1"}, &who);
  check_failed(t.hash(old), 502, "origin_tls");
  check_told_nothing(old);
  // The origin does answer those who speak it.
  const auto a = test::curl({"--insecure", "--tlsv1.0", "--tls-max", "1.1", "--ciphers",
                             "DEFAULT:@SECLEVEL=0", old.url("/bytes/100")});
  CHECK(a.status == 200);
  const test::fault_origin newer({"--tls-max=1.2"}, &who);
  CHECK(t.hash(newer).status == 200);
}

TEST_CASE("no TLS at all, or none that gets anywhere") {
  const test::authority ca;
  const test::identity who = ca.issue("IP:127.0.0.1");
  const trusting t(ca);
  const test::fault_origin plain;
  auto url = plain.escaped_url("/bytes/100");
  check_failed(t.service().get("/v1/hash?url=https" + url.substr(4)), 502, "origin_tls");
  // What came was no request, so none was understood.
  CHECK(plain.counter("requests") == plain.counter("refused"));
  const test::fault_origin silent({"--silent"}, &who);
  check_failed(t.hash(silent), 504, "origin_timeout");
  check_told_nothing(silent);
}
