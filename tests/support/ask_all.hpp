// Many requests to a service from several clients at once, each on a connection that it keeps.
#pragma once
#include <string>
#include <thread>
#include <vector>

#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

namespace tailrace::test {

struct asked {
  std::string target;
  std::string answer;  // head and body; empty when none came
};

inline std::vector<asked> ask_all(const service& s, const std::vector<std::string>& targets,
                                  unsigned clients = 8) {
  std::vector<asked> all;
  all.reserve(targets.size());
  for (const auto& t : targets) all.push_back({t, {}});
  std::vector<std::jthread> threads;
  threads.reserve(clients);
  for (unsigned first = 0; first < clients; ++first) {
    threads.emplace_back([&all, &s, first, clients] {
      raw_client client(s.port());
      for (std::size_t i = first; i < all.size(); i += clients) {
        client.send("GET " + all[i].target + " HTTP/1.1\r\nHost: test\r\n\r\n");
        all[i].answer = client.answer();
      }
    });
  }
  threads.clear();
  return all;
}

}  // namespace tailrace::test
