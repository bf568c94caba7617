// The generator as a program: its exit codes, its outputs, and that a bad plan sends nothing.
#include <boost/json/parse.hpp>

#include <atomic>
#include <string>

#include "tests/component/loadtest/json_count.hpp"
#include "tests/component/loadtest/scripted_server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command_line.hpp"

using namespace tailrace::test;
namespace json = boost::json;

TEST_CASE("the program runs a plan file, and refuses a bad one before it sends anything") {
  std::atomic<std::size_t> received = 0;
  const scripted_server server([&received](const auto&) {
    ++received;
    return scripted_server::reply{"HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n"};
  });
  const temporary_folder folder;
  const std::string good = R"({"base": "http://127.0.0.1:)" + std::to_string(server.port()) +
                           R"(", "phases": [{"name": "load", "seconds": 0.1, "rate": 100}],
                              "requests": [{"name": "r", "path": "/",
                                            "expect": {"statuses": [404]}}]})";
  const auto run = [&](std::string plan, const std::string& what, const std::string& instead) {
    if (!what.empty()) plan.replace(plan.find(what), what.size(), instead);
    const std::string binary = TAILRACE_BINARY_DIR "/tailrace-load";
    return run_in(folder.path(),
                  {binary, "--plan", folder.write("plan.json", plan), "--json", "-", "--progress"});
  };
  auto said = run(good, "100}", "0}");
  CHECK(said.status == 2);
  CHECK(said.err.find("plan.json: phases[0].rate must be a number over 0") != said.err.npos);
  said = run(good, R"("path": "/")", R"("path": "/ /")");
  CHECK(said.status == 2);
  CHECK(said.err.find("request 'r'") != said.err.npos);
  CHECK(received == 0);

  said = run(good, "", "");
  CHECK(said.status == 0);
  const auto result = json::parse(said.out);
  CHECK(count(result, "/format") == 2);
  CHECK(result.at("plan") == json::parse(good));
  CHECK(count(result, "/totals/ok") == 10);
  CHECK(received == 10);
  CHECK(said.err.find("   1 s  load      offered 10  ok ") != said.err.npos);
  CHECK(said.err.find("/32") != said.err.npos);

  // Nothing succeeded, though the run was completed.
  said = run(good, "404", "200");
  CHECK(said.status == 1);
  CHECK(count(json::parse(said.out), "/totals/errors/status") == 10);
}
