#include "admission/compute_queue.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/admission/simulated_queue.hpp"

using namespace tailrace;
using namespace tailrace::test;

TEST_CASE("compute queue: under overload the threads stay busy and those let in wait little") {
  auto random = seeded();
  for (const double times : {2.0, 5.0, 10.0}) {
    const auto all = simulated(poisson(random, 0, 0s, 30s, times * capacity, usual));
    const summary s = summed(all, 0s, 30s);
    INFO(times << " times: " << s.served << " of " << s.offered << " served, p99 of waits "
               << s.wait_p99 / 1ms << " ms");
    CHECK(static_cast<double>(s.served) >= 0.97 * capacity * 30);
    // Who is alone has no share to exceed.
    CHECK(std::none_of(all.begin(), all.end(), told_of_its_share));
    CHECK(s.wait_p99 <= standing + 2 * usual);
  }
}

TEST_CASE(
    "compute queue: sources that are far away leave no thread idle, and few come for nothing") {
  auto random = seeded();
  // Of one client, and of so many that none of them has had its share.
  const bool many = GENERATE(false, true);
  CAPTURE(many);
  for (const duration fetch : {20ms, 60ms, 250ms, 1000ms}) {
    auto load = fetched(poisson(random, 0, 0s, 60s, 5 * capacity, usual), fetch);
    if (many)
      for (std::size_t i = 0; i < load.size(); ++i)
        load[i].client = static_cast<unsigned>(i % 1000);
    const auto all = simulated(load);
    const summary s = summed(all, 5s, 60s);
    const auto for_nothing = std::count_if(all.begin(), all.end(), [](const job_record& r) {
      return r.of.at > 5s && r.fetched && !r.admitted;
    });
    INFO(fetch / 1ms << " ms: " << s.served << " served, " << for_nothing
                     << " fetched for nothing");
    CHECK(static_cast<double>(s.served) >= 0.96 * capacity * 55);
    CHECK(static_cast<double>(for_nothing) <= 0.3 * capacity * 55);
    CHECK(s.wait_p99 <= 120ms);
  }
}

TEST_CASE("compute queue: nobody is refused where the objective can be met without") {
  auto random = seeded();
  const auto all = simulated(poisson(random, 0, 0s, 300s, 0.7 * capacity, usual));
  const summary s = summed(all, 0s, 300s);
  INFO(s.refused << " of " << s.offered << " refused");
  CHECK(s.wait_p99 < 120ms);
  CHECK(s.refused * 3333 <= s.offered);
}

TEST_CASE("compute queue: a page full of images is let in, all at once") {
  // What jobs take is known from before.
  std::vector<arrival> arrivals;
  for (int i = 0; i < 10; ++i) arrivals.push_back({i * 20ms, usual});
  for (int i = 0; i < 24; ++i) arrivals.push_back({1s, usual});
  const auto all = simulated(arrivals);
  CHECK(summed(all, 0s, 2s).refused == 0);
}

TEST_CASE("compute queue: after an overload the next one who comes is served at once") {
  auto random = seeded();
  const auto flood = poisson(random, 0, 0s, 10s, 10 * capacity, usual);
  const auto after = poisson(random, 0, 10s, 20s, 0.5 * capacity, usual);
  const auto all = simulated(both(flood, after));
  REQUIRE(summed(all, 5s, 10s).refused > 1000);
  // What had been let in needs some time to get out, and a second more the queue is kept short.
  const summary first = summed(all, 10100ms, 11s);
  CHECK(first.refused * 50 <= first.offered);
  CHECK(summed(all, 11500ms, 20s).refused == 0);
}

TEST_CASE("compute queue: an overload leaves no trace, not even where there is hardly room") {
  auto random = seeded();
  const auto flood = poisson(random, 0, 0s, 10s, 10 * capacity / threads, usual);
  const auto after = poisson(random, 0, 15s, 315s, 0.75 * capacity / threads, usual);
  const summary without = summed(simulated(after, 1), 15s, 315s);
  const summary with = summed(simulated(both(flood, after), 1), 15s, 315s);
  CHECK(with.refused <= without.refused + with.offered / 1000);
}

TEST_CASE("compute queue: jobs much longer than any wait that is allowed keep all threads busy") {
  auto random = seeded();
  const auto all = simulated(poisson(random, 0, 0s, 300s, 3, 2s));
  const summary s = summed(all, 0s, 300s);
  INFO(s.served << " served");
  CHECK(s.served >= 270);
}

TEST_CASE("compute queue: jobs that suddenly take long are refused after a wait, not served late") {
  std::vector<arrival> arrivals;
  for (int i = 0; i < 100; ++i) arrivals.push_back({i * 1ms, 1ms});
  // Fifty that look as short, but are not.
  for (int i = 0; i < 50; ++i) arrivals.push_back({200ms, 500ms});
  const auto all = simulated(arrivals);
  std::size_t late = 0;
  for (const job_record& r : all) {
    late += r.late ? 1 : 0;
    if (r.admitted && !r.late) CHECK(r.waited <= burst);
  }
  CHECK(late > 40);
}

TEST_CASE("compute queue: a job that cannot be done in time is refused at once") {
  std::vector<arrival> arrivals;
  for (int i = 0; i < 10; ++i) arrivals.push_back({i * 20ms, usual});
  for (int i = 0; i < 6; ++i) arrivals.push_back({1s, usual});
  arrivals.push_back({1s, usual, 0, 40ms});
  arrivals.push_back({1s, usual, 0, 60ms});
  const auto all = simulated(arrivals);
  // Five steps of 7.5 ms, and 15 for itself.
  CHECK_FALSE(all[16].admitted);
  CHECK(all[16].refused == errc::deadline_exceeded);
  CHECK(all[17].admitted);
}

TEST_CASE("compute queue: an idle queue lets in whatever it learned of before") {
  std::vector<arrival> arrivals{{0s, 60s}, {61s, 10ms, 0, 20ms}, {62s, 10ms, 0, 20ms}};
  for (const job_record& r : simulated(arrivals, 1)) CHECK(r.admitted);
}

TEST_CASE("compute queue: a night of long jobs, or one that takes a minute, is soon forgotten") {
  std::vector<arrival> arrivals;
  for (int i = 0; i < 40; ++i) arrivals.push_back({i * 20s, 20s});
  // A page of small images after a pause, and a second one.
  for (int i = 0; i < 3; ++i) arrivals.push_back({1000s, usual});
  for (int i = 0; i < 20; ++i) arrivals.push_back({1001s, usual});
  // One that takes a minute, in the middle of others; then a page.
  for (int i = 0; i < 20; ++i) arrivals.push_back({1100s + i * 20ms, usual});
  arrivals.push_back({1101s, 60s});
  for (int i = 0; i < 10; ++i) arrivals.push_back({1161100ms, usual});
  for (const job_record& r : simulated(arrivals)) CHECK(r.admitted);
}

TEST_CASE("compute queue: who came with a burst that turned out to stand gives up") {
  manual_clock time;
  admission::compute_queue queue(1, admission::wait_limit(standing, burst));
  std::vector<admission::compute_queue::place> in;
  for (unsigned i = 0; i < 12; ++i) {
    auto pass = queue.ask(numbered_client(i), deadline(), time.now()).value();
    in.push_back(queue.enter(std::move(pass), deadline(), time.now()).value());
  }
  time.advance(119ms);
  CHECK_FALSE(in.back().gives_up(time.now()));  // it may still be a burst
  time.advance(1ms);
  (void)queue.ask(numbered_client(99), deadline(), time.now());
  CHECK(in.back().gives_up(time.now()));
  // There is hardly anybody else whom a thread could serve.
  while (in.size() > 2) in.pop_back();
  CHECK_FALSE(in.back().gives_up(time.now()));
}

TEST_CASE("compute queue: a job that was stopped says only that it takes longer") {
  const time_point now = manual_clock().now();
  admission::compute_queue queue(1, admission::wait_limit(standing, burst));
  const auto place =
      queue.enter(queue.ask(numbered_client(1), deadline(), now).value(), deadline(), now).value();
  place.ran(500ms);
  place.stopped_after(20ms);
  CHECK(queue.expected_wait() == 500ms);
  place.stopped_after(1500ms);
  CHECK(queue.expected_wait() == 1000ms);
}

TEST_CASE("compute queue: asking takes no place, and who has left leaves none") {
  admission::compute_queue queue(1, admission::wait_limit(standing, burst));
  const time_point now = manual_clock().now();
  auto pass = queue.ask(numbered_client(1), deadline(), now);
  REQUIRE(pass.has_value());
  CHECK(queue.clients(now) == 0);
  {
    const auto place = queue.enter(std::move(*pass), deadline(), now);
    REQUIRE(place.has_value());
    place->ran(30ms);
    CHECK(queue.clients(now) == 1);
    CHECK(queue.expected_wait() == 30ms);
  }
  CHECK(queue.expected_wait() == 0ms);
}
