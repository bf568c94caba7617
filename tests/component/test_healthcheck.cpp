#include "healthcheck.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>

#include "tests/support/catch.hpp"

namespace tailrace {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

// Answers one request with fixed bytes, then closes; the request is kept.
class one_answer {
 public:
  explicit one_answer(std::string bytes)
      : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        thread_([this, answer = std::move(bytes)] { serve(answer); }) {}
  ~one_answer() { thread_.join(); }

  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  const std::string& request() {
    thread_.join();
    thread_ = std::thread([] {});
    return request_;
  }

 private:
  void serve(const std::string& answer) {
    tcp::socket client(context_);
    acceptor_.accept(client);
    boost::system::error_code ec;
    asio::read_until(client, asio::dynamic_buffer(request_), "\r\n\r\n", ec);
    asio::write(client, asio::buffer(answer), ec);
  }

  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::string request_;
  std::thread thread_;
};

int check(const std::string& admin_listen, const std::string& port_file = {}) {
  settings s;
  s.admin_listen = admin_listen;
  s.port_file = port_file;
  return healthcheck(s);
}

}  // namespace

TEST_CASE("healthcheck: 200 is healthy, and a wildcard address is asked on loopback") {
  one_answer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(check("0.0.0.0:" + server.port()) == 0);
  CHECK(server.request().starts_with("GET /livez HTTP/1.1\r\nHost: "));
}

TEST_CASE("healthcheck: anything else is not") {
  for (const auto bytes :
       {"HTTP/1.1 503 Busy\r\n\r\n", "HTTP/1.1 2", "", "SSH-2.0-x 200 OK\r\n\r\n"}) {
    INFO(bytes);
    one_answer server(bytes);
    CHECK(check("127.0.0.1:" + server.port()) == 1);
  }
}

TEST_CASE("healthcheck: nobody there is not healthy") {
  // A port that was free a moment ago.
  std::string port;
  {
    asio::io_context context;
    tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    port = std::to_string(acceptor.local_endpoint().port());
  }
  CHECK(check("127.0.0.1:" + port) == 1);
  CHECK(check("[::1]:" + port) == 1);
}

TEST_CASE("healthcheck: a service that takes connections and says nothing is given two seconds") {
  asio::io_context context;
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto before = std::chrono::steady_clock::now();
  CHECK(check("127.0.0.1:" + std::to_string(acceptor.local_endpoint().port())) == 1);
  const auto took = std::chrono::steady_clock::now() - before;
  CHECK(took >= std::chrono::milliseconds(1900));
  CHECK(took < std::chrono::seconds(10));
}

TEST_CASE("healthcheck: with port 0 the port file tells whom to ask") {
  one_answer server("HTTP/1.1 200 OK\r\n\r\n");
  const auto path =
      std::filesystem::temp_directory_path() / ("tailrace-port-" + std::to_string(::getpid()));
  std::ofstream(path) << "public=1\nadmin=" << server.port() << "\n";
  CHECK(check("127.0.0.1:0", path.string()) == 0);
  std::filesystem::remove(path);
}

}  // namespace tailrace
