#include <chrono>
#include <future>

#include "tests/support/catch.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/origin.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using fetch::outcome;
using test::always;
using test::answering;
using test::check_failed;
using test::fetching;
using test::ok;
using test::origin;
using test::script;
using test::status;

TEST_CASE("a body with a length arrives whole, with what its head said") {
  origin o({answering(ok("hello", "Content-Type: text/x\r\nETag: \"a\"\r\n"))});
  fetching f;
  const auto got = f.get(o.url("/a?b=c"));
  CHECK(!got.failed);
  CHECK(got.body == "hello");
  CHECK(got.content_type == "text/x");
  CHECK(got.size == 5u);
  REQUIRE(o.requests().size() == 1);
  CHECK(o.requests()[0] == "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(o.port()) +
                               "\r\nUser-Agent: tailrace/" TAILRACE_VERSION
                               "\r\nAccept: */*\r\nAccept-Encoding: identity\r\n\r\n");
  CHECK(f.counts().count(outcome::ok) == 1);
  CHECK(f.counts().bytes_sent.value() == o.requests()[0].size());
}

TEST_CASE("a trace context is forwarded, anything else in its place is not") {
  origin o({always(ok("x"))});
  fetching f;
  for (const char* context :
       {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-1\r\nHost: b", ""}) {
    fetch::request r(o.url("/"));
    r.traceparent = context;
    CHECK(!f.get(std::move(r)).failed);
  }
  CHECK(o.requests().at(0).find("\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-") !=
        std::string::npos);
  CHECK(o.requests().at(1).find("traceparent") == std::string::npos);
  CHECK(o.requests().at(2).find("traceparent") == std::string::npos);
}

TEST_CASE("every framing gives the same bytes, in pieces of any size") {
  const std::string body(100'000, 'x');
  const std::string half = body.substr(0, body.size() / 2);
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const std::string answers[] = {
      ok(body),
      head + "Transfer-Encoding: chunked\r\n\r\nC350\r\n" + half + "\r\nc350;a=b\r\n" + half +
          "\r\n0\r\nTrailer-Field: x\r\n\r\n",
      head + "\r\n" + body, "HTTP/1.0 200 OK\r\n\r\n" + body,
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok(body)};
  for (const auto& bytes : answers) {
    INFO(bytes.substr(0, 60));
    for (const std::size_t piece : {7u, 1000u, 1u << 20}) {
      origin o({answering(bytes)});
      fetching f;
      const auto got = f.get(o.url("/"), 0, piece);
      CHECK(!got.failed);
      CHECK(got.body == body);
    }
  }
}

TEST_CASE("an empty body is a body") {
  for (const char* bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                            "HTTP/1.1 200 OK\r\n\r\n"}) {
    origin o({answering(bytes)});
    const auto got = fetching().get(o.url("/"));
    CHECK(!got.failed);
    CHECK(got.body.empty());
  }
}

TEST_CASE("connections are kept and used again") {
  origin o({always(ok("hello"))});
  fetching f;
  for (int i = 0; i < 5; ++i) CHECK(f.get(o.url("/")).body == "hello");
  CHECK(o.connections() == 1);
  CHECK(o.requests().size() == 5);
  CHECK(f.counts().connections_opened.value() == 1);
  CHECK(f.counts().connections_reused.value() == 4);
  CHECK(f.counts().connections_idle.value() == 1);
  CHECK(f.counts().connections_active.value() == 0);
}

TEST_CASE("connections are not kept when the origin says so, or when the framing does") {
  for (const std::string& bytes : {ok("x", "Connection: close\r\n"),
                                   std::string("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"),
                                   ok("x") + "more than announced"}) {
    INFO(bytes);
    origin o({answering(bytes)});
    fetching f;
    CHECK(f.get(o.url("/")).body == "x");
    CHECK(f.get(o.url("/")).body == "x");
    CHECK(o.connections() == 2);
    CHECK(f.counts().connections_idle.value() == 0);
  }
}

TEST_CASE("chunks behind the last chunk poison the connection") {
  origin o({always(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n1\r\ny\r\n")});
  fetching f;
  CHECK(f.get(o.url("/")).body == "x");
  CHECK(f.get(o.url("/")).body == "x");
  CHECK(o.connections() == 2);
}

TEST_CASE("an answer nobody asked for is never taken for the next one") {
  // Sent a moment after the first answer: it waits in the idle connection.
  std::promise<void> received, sent;
  origin o({script()
                .request()
                .send(ok("first"))
                .reach([&] { received.get_future().wait(); })
                .send(ok("evil"))
                .reach([&] { sent.set_value(); })
                .stall(),
            always(ok("second"))});
  fetching f;
  CHECK(f.get(o.url("/")).body == "first");
  received.set_value();
  sent.get_future().wait();
  CHECK(f.get(o.url("/")).body == "second");
}

TEST_CASE("a request on a kept connection that the origin closes is sent again, once") {
  // The origin takes the second request and closes without a byte.
  origin o({script().request().send(ok("first")).request(), always(ok("second"))});
  fetching f;
  CHECK(f.get(o.url("/")).body == "first");
  CHECK(f.get(o.url("/")).body == "second");
  CHECK(o.connections() == 2);
  CHECK(o.requests().size() == 3);
}

TEST_CASE("on a new connection, or after a byte of the answer, nothing is sent again") {
  {
    origin o({script().request()});
    fetching f;
    check_failed(f.get(o.url("/")), errc::origin_unreachable);
    CHECK(o.requests().size() == 1);
  }
  origin o({script().request().send(ok("first")).request().send("HTTP/1.1 2")});
  fetching f;
  CHECK(f.get(o.url("/")).body == "first");
  check_failed(f.get(o.url("/")), errc::origin_incomplete);
  CHECK(o.requests().size() == 2);
}

TEST_CASE("bodies whose chunks cannot be read are none") {
  for (const char* chunks : {"5\r\nhello!\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "zz\r\n"}) {
    INFO(chunks);
    origin o(
        {answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunks))});
    fetching f;
    check_failed(f.get(o.url("/")), errc::origin_bad_response);
    CHECK(f.counts().count(outcome::bad_response) == 1);
    CHECK(f.counts().connections_idle.value() == 0);
  }
}

TEST_CASE("bodies that break off are never whole") {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const script scripts[] = {
      answering(head + "Content-Length: 10\r\n\r\nhello"),
      answering(head + "Content-Length: 10\r\n\r\n"),
      answering(head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
      answering(head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel"),
      answering(head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"),
      script().request().send(head + "Content-Length: 10\r\n\r\nhello").reset(),
      script().request().send(head + "\r\nhello").reset(),
  };
  for (std::size_t i = 0; i < std::size(scripts); ++i) {
    INFO("script " << i);
    origin o({scripts[i]});
    fetching f;
    check_failed(f.get(o.url("/")), errc::origin_incomplete);
    CHECK(f.counts().count(outcome::incomplete) == 1);
    CHECK(f.counts().count(outcome::ok) == 0);
    CHECK(f.counts().connections_idle.value() == 0);
    CHECK(f.counts().connections_active.value() == 0);
  }
}

TEST_CASE("heads that are not what HTTP says are refused") {
  const std::string length = "Content-Length: 1\r\n";
  const std::string table[] = {
      "garbage\r\n\r\n",
      "\r\nHTTP/1.1 200 OK\r\n" + length + "\r\nx",
      "HTTP/2.0 200 OK\r\n" + length + "\r\nx",
      "HTTP/1.1 200 OK\r\n" + length + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\n" + length + length + "\r\nx",
      "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\n" + length + "\nx",
      "HTTP/1.1 200 OK\r\n folded\r\n" + length + "\r\nx",
      "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
      "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nA: " + std::string(17'000, 'a') + "\r\n" + length + "\r\nx",
      ok("x", "Content-Encoding: gzip\r\n"),
  };
  for (const auto& bytes : table) {
    INFO(bytes.substr(0, 80));
    origin o({answering(bytes)});
    check_failed(fetching().get(o.url("/")), errc::origin_bad_response);
  }
  std::string many;
  for (int i = 0; i < 101; ++i) many.append("A: b\r\n");
  std::string interim;
  for (int i = 0; i < 6; ++i) interim.append("HTTP/1.1 102 Wait\r\n\r\n");
  for (const std::string& bytes : {ok("x", many), interim + ok("x")}) {
    origin o({answering(bytes)});
    check_failed(fetching().get(o.url("/")), errc::origin_bad_response);
  }
  origin endless({script().request().flood("HTTP/1.1 100 Continue\r\n\r\n")});
  check_failed(fetching().get(endless.url("/")), errc::origin_bad_response);
}

TEST_CASE("statuses become the errors that the answer is made of") {
  struct row {
    int code;
    errc becomes;
  };
  const row table[] = {
      {404, errc::source_not_found}, {410, errc::source_not_found}, {500, errc::origin_failed},
      {503, errc::origin_failed},    {403, errc::origin_failed},    {206, errc::origin_failed},
      {201, errc::origin_failed},    {301, errc::origin_failed},    {300, errc::origin_failed}};
  for (const auto& r : table) {
    origin o({always(status(r.code))});
    fetching f;
    const auto got = f.get(o.url("/"));
    check_failed(got, r.becomes);
    if (r.code / 100 != 3)
      CHECK(got.failed->detail.find(std::to_string(r.code)) != std::string::npos);
    // The connection is as good as before.
    check_failed(f.get(o.url("/")), r.becomes);
    CHECK(o.connections() == 1);
  }
  for (const int code : {204, 304}) {
    origin o({always("HTTP/1.1 " + std::to_string(code) + " No\r\n\r\n")});
    check_failed(fetching().get(o.url("/")), errc::origin_failed);
  }
}

TEST_CASE("a small body is there with its head, and its connection serves on") {
  origin o({always(ok("hello"))});
  fetching f;
  for (int i = 0; i < 2; ++i) {
    const fetch::request r(o.url("/"));
    const auto opened = f.loop().run(f.fetcher().open(r));
    REQUIRE(opened.has_value());
    CHECK((*opened)->is_whole());
    const auto whole = (*opened)->take_whole();
    REQUIRE(whole);
    CHECK(std::string(reinterpret_cast<const char*>(whole->data()), whole->size()) == "hello");
    CHECK(!(*opened)->take_whole());
  }
  CHECK(o.connections() == 1);
  CHECK(f.counts().count(outcome::ok) == 2);
}

TEST_CASE("what is not all of a body, or more, is not taken for it") {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  for (const std::string& answer :
       {head + "Content-Length: 5\r\n\r\nhell", head + "Content-Length: 5\r\n\r\nhello!",
        head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", head + "\r\nhello"}) {
    INFO(answer);
    origin o({script().request().send(answer).stall()});
    fetching f;
    const fetch::request r(o.url("/"));
    const auto opened = f.loop().run(f.fetcher().open(r));
    REQUIRE(opened.has_value());
    CHECK(!(*opened)->is_whole());
    CHECK(!(*opened)->take_whole());
  }
}

TEST_CASE("bytes behind an answer without a body poison the connection") {
  origin o({script().request().send(status(404) + ok("evil")).stall(), always(ok("x"))});
  fetching f;
  check_failed(f.get(o.url("/")), errc::source_not_found);
  CHECK(f.counts().connections_idle.value() == 0);
  CHECK(f.get(o.url("/")).body == "x");
}
