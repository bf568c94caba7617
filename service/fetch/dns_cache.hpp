// Answers about host names, kept for as long as they are good. Pure state of one I/O thread: asks
// nobody, and learns the time from its callers.
//
// What was found is kept for its TTL, at least a second, at most `ttl_max`: an answer without a
// lifetime would otherwise cost a query per request, and one with a long one would keep a dead
// address for days. What does not exist is kept for `negative_ttl`: c-ares 1.18 does not hand out
// the SOA record that would say (RFC 2308 §5). The same for an answer that lacks the addresses of
// one family. A failure, timeouts included, is kept for a second (RFC 9520 §3.2): that bounds what
// a broken zone is asked, and hardly delays its recovery.
#pragma once
#include "core/deadline.hpp"
#include "fetch/dns_answer.hpp"

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tailrace::fetch {

class dns_cache {
 public:
  struct limits {
    std::size_t entries_max;  // 0: nothing is kept
    duration ttl_max;         // 0: nothing found is kept
    duration negative_ttl;    // 0: nothing absent is kept
  };

  explicit dns_cache(limits l) noexcept : limits_(l) {}

  // Null when there is none that is still good. Valid until the next call. Names are compared as
  // they are: in lower case, as parse_url() makes them.
  const dns_answer* find(std::string_view name, time_point now);

  // Replaces what was known; for a name that is new to a full cache, the one that was used
  // longest ago leaves: anyone can make up names.
  void put(const std::string& name, dns_answer a, time_point now);

  // Expired entries included: they leave when they are asked for, or pushed out.
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct entry {
    std::string name;
    dns_answer answer;
    deadline until;
  };
  using place = std::list<entry>::iterator;

  duration lifetime(const dns_answer& a) const noexcept;
  void drop(place at);

  limits limits_;
  std::list<entry> entries_;  // the one used last is the first
  std::unordered_map<std::string_view, place> places_;
};

}  // namespace tailrace::fetch
