#include "loadtest/generator/collector.hpp"

#include <limits>

#include "tests/support/catch.hpp"
#include "tests/unit/loadtest/plans.hpp"

using namespace std::chrono_literals;
using namespace tailrace::load;
using namespace tailrace::test;

namespace {

constexpr unsigned every_second = 1000;

ticket at(std::chrono::nanoseconds offset, std::size_t kind = 0, std::size_t phase = 0) {
  return {run_start + offset, phase, kind, 0};
}

void book(ledger& books, const outcome& o) {
  books.offered(o.ticket);
  books.ended(o);
}

// What a worker reports at the end of a second in which nothing remains open.
void add_all(collector& into, unsigned worker, unsigned second, ledger& books) {
  auto closed = books.take_closed(every_second);
  into.add(worker, second, {books.take_live(), 1, 5ms * worker}, std::move(closed), second + 1);
}

}  // namespace

TEST_CASE("endings are what they are: successes, refusals, and errors by kind") {
  recorder r;
  const std::pair<ending, unsigned> outcomes[] = {
      {ending::ok, 200},     {ending::ok, 304},      {ending::refused, 503}, {ending::status, 500},
      {ending::status, 500}, {ending::content, 200}, {ending::truncated, 0}, {ending::unsent, 0}};
  for (const auto& [how, status] : outcomes) {
    r.offer();
    r.add(ended(at(0s), how, status, 1ms));
  }
  CHECK(r.offered() == 8);
  CHECK(r.total() == 8);
  CHECK(r.answered() == 6);
  CHECK(r.succeeded() == 2);
  CHECK(r.refused() == 1);
  CHECK(r.errors() == 5);
  CHECK(r.count(ending::status) == 2);
  CHECK(r.count(ending::content) == 1);
  CHECK(r.statuses().at(500) == 2);
  CHECK(r.statuses().at(200) == 2);
  CHECK(r.statuses().count(0) == 0);
}

TEST_CASE("a failed request counts among all latencies, not among those of the successes") {
  recorder r;
  r.add(ended(at(0s), ending::ok, 200, 1ms));
  r.add(ended(at(0s), ending::refused, 503, 2ms));
  r.add(ended(at(0s), ending::timeout, 0, 10s));
  r.add(ended(at(0s), ending::unsent, 0, 20s));
  CHECK(r.ok().max() == 1ms);
  CHECK(r.service().count() == 1);
  CHECK(r.refusals().count() == 1);
  CHECK(r.refusals().max() == 2ms);
  CHECK(r.all().count() == 4);
  CHECK(r.all().max() == 20s);
}

TEST_CASE("a second of the schedule is closed when its last request has ended, and not before") {
  const plan p = plan_of({phase_of(1, 100s)});
  ledger books(p, run_start);
  const outcome slow = ended(at(100ms), ending::ok, 200, 4s);
  const outcome quick = ended(at(1200ms), ending::ok, 200, 1ms);
  books.offered(slow.ticket);
  book(books, quick);
  CHECK(books.take_closed(3).empty());
  CHECK(books.closed_below(3) == 0);
  // The next ticket may still be for second 4.
  books.ended(slow);
  const auto closed = books.take_closed(4);
  REQUIRE(closed.size() == 2);
  CHECK(closed[0].second == 0);
  CHECK(closed[0].kinds[0].latency.max() == 4s);
  CHECK(closed[1].kinds[0].latency.max() == 1ms);
  CHECK(books.closed_below(4) == 4);
  // A second that may get more is not handed out, though all of it has ended.
  book(books, ended(at(4500ms), ending::ok, 200, 1ms));
  CHECK(books.take_closed(4).empty());
  CHECK(books.closed_below(4) == 4);
  CHECK(books.take_closed(5).size() == 1);
}

TEST_CASE("a second can be closed once no ticket can come for it") {
  plan p = plan_of({phase_of(1, 100s)});
  const ledger open(p, run_start);
  // What is due first may have been due long ago.
  CHECK(open.closable(run_start + 2999ms, run_start + 7s) == 2);
  CHECK(open.closable(run_start + 3s, run_start + 7s) == 3);
  CHECK(open.closable(std::nullopt, run_start + 7s) == std::numeric_limits<unsigned>::max());
  p.closed = true;
  CHECK(open.closable(run_start, run_start + 7s) == 7);
}

TEST_CASE("a request waited when its connection became free after it was due, and not before") {
  CHECK(waited(at(1s), run_start + 1001ms));
  CHECK_FALSE(waited(at(1s), run_start + 1s));
  CHECK_FALSE(waited(at(1s), run_start + 999ms));
}

TEST_CASE("what is not recorded is seen live and nowhere else") {
  plan p = plan_of({phase_of(1, 1s, false), phase_of(1, 1s)});
  ledger books(p, run_start);
  book(books, ended(at(0s), ending::status, 500, 1ms));
  CHECK(books.take_live().errors == 1);
  CHECK(books.cells()[0].total() == 0);
  CHECK(books.lateness().count() == 0);
  CHECK(books.failures().empty());
  CHECK(books.take_closed(every_second).empty());
  book(books, ended(at(1s, 0, 1), ending::status, 500, 1ms));
  CHECK(books.take_live().errors == 1);
  CHECK(books.cells()[1].total() == 1);
  CHECK(books.failures().size() == 1);
}

TEST_CASE("lateness is that of requests that found a connection idle and were sent") {
  const plan p = plan_of({phase_of(1, 10s)});
  ledger books(p, run_start);
  outcome o = ended(at(0s), ending::ok, 200, 10ms);
  o.begun += 3ms;
  book(books, o);
  o.begun += 5ms;
  o.queued = true;
  book(books, o);
  o.queued = false;
  o.how = ending::unsent;
  book(books, o);
  CHECK(books.lateness().count() == 1);
  CHECK(books.lateness().max() == 3ms);
}

TEST_CASE("the first of each sort of failure is told, ten at most") {
  plan p = plan_of({phase_of(1, 100s)});
  p.kinds = {kind_of("hash"), kind_of("resize")};
  ledger books(p, run_start);
  for (int i = 0; i < 5; ++i) book(books, ended(at(1s * i), ending::status, 500, 1ms));
  book(books, ended(at(5s, 1), ending::timeout, 0, 1s));
  book(books, ended(at(6s, 1), ending::refused, 503, 1s));
  outcome wrong = ended(at(7s, 1), ending::content, 200, 1s);
  wrong.fault = "image is upside down";
  book(books, wrong);
  REQUIRE(books.failures().size() == 3);
  CHECK(books.failures()[0].text == "hash: status 500");
  CHECK(books.failures()[0].at == 1ms);
  CHECK(books.failures()[1].text == "resize: timeout");
  CHECK(books.failures()[2].text == "resize: image is upside down");
  for (unsigned status = 501; status < 530; ++status) {
    book(books, ended(at(10s), ending::status, status, 1ms));
  }
  CHECK(books.failures().size() == 10);
  // Another worker saw one of them earlier, and one before all others.
  auto merged = books.failures();
  merge_failures(merged, {{500us, {0, ending::status, 500}, "hash: status 500"},
                          {1us, {0, ending::reset, 0}, "hash: reset"}});
  CHECK(merged.size() == 10);
  CHECK(merged[0].text == "hash: reset");
  CHECK(merged[1].at == 500us);
}

TEST_CASE("wrong answers of one sort hide no other failure, however they differ") {
  const plan p = plan_of({phase_of(1, 100s)});
  ledger books(p, run_start), earlier(p, run_start);
  const auto wrong = [](auto when, std::size_t check, int value) {
    outcome o = ended(at(when), ending::content, 200, 1ms);
    o.check = check;
    o.fault = "JSON a is '" + std::to_string(value) + "', not 0";
    return o;
  };
  for (int i = 1; i <= 20; ++i) book(books, wrong(1s * i, 0, i));
  book(books, ended(at(30s), ending::timeout, 0, 1s));
  book(books, wrong(40s, 1, 1));
  REQUIRE(books.failures().size() == 3);
  CHECK(books.failures()[0].text == "only: JSON a is '1', not 0");
  CHECK(books.failures()[1].text == "only: timeout");
  CHECK(books.failures()[2].sort.detail == 1);
  // Of two workers the one that saw it first tells what it saw.
  book(earlier, wrong(500ms, 0, 99));
  auto merged = books.failures();
  merge_failures(merged, earlier.failures());
  REQUIRE(merged.size() == 3);
  CHECK(merged[0].text == "only: JSON a is '99', not 0");
}

TEST_CASE("the collector hands out a second once every worker has left it, and adds all up") {
  plan p = plan_of({phase_of(1, 10s)});
  p.threads = 2;
  collector results(p);
  ledger first(p, run_start), second(p, run_start);

  // Worker 0 is done in the middle of second 1; worker 1 goes on into second 2.
  for (ledger* books : {&first, &second}) book(*books, ended(at(0s), ending::ok, 200, 1ms));
  add_all(results, 0, 0, first);
  add_all(results, 1, 0, second);
  const auto summary = results.next();
  REQUIRE(summary);
  CHECK(summary->second == 0);
  CHECK(summary->ended.ok == 2);
  CHECK(summary->behind == 5ms);
  CHECK(summary->busy == 2);
  for (ledger* books : {&first, &second}) book(*books, ended(at(1s), ending::ok, 200, 2ms));
  add_all(results, 0, 1, first);
  results.finish(0, first);
  add_all(results, 1, 1, second);
  CHECK(results.next()->ended.ok == 2);
  book(second, ended(at(2s), ending::ok, 200, 3ms));
  add_all(results, 1, 2, second);
  results.finish(1, second);
  CHECK(results.next()->ended.ok == 1);
  CHECK_FALSE(results.next());
  const totals& total = results.total();
  CHECK(total.cells.at(0).succeeded() == 5);
  CHECK(total.cells[0].body_bytes() == 50);
  CHECK(total.last_finished == run_start + 2003ms);
  REQUIRE(total.timeline.size() == 3);
  CHECK(total.timeline[1].all.ok == 2);
  CHECK(total.timeline[2].kinds.at(0).max == 3ms);
}
