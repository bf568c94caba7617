// What the pipeline writes down of a request, besides answering it.
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/lone_pipeline.hpp"
#include "tests/support/manual_clock.hpp"

using namespace tailrace;
using namespace std::chrono_literals;

namespace {

log_options onto(std::string& text, const std::string& access = "off") {
  log_options options;
  options.access = access;
  options.write = [&text](std::string_view line) {
    text += line;
    return true;
  };
  return options;
}

const std::string trace = "0af7651916cd43dd8448eb211c80319c";
const std::string traceparent = "00-" + trace + "-b7ad6b7169203331-01";

}  // namespace

TEST_CASE("records: a failure of ours is logged with its trace, where it has one") {
  test::manual_clock time;
  std::string log;
  {
    test::lone_pipeline rig(time, onto(log));
    for (const bool traced : {true, false}) {
      test::lone_pipeline::arrived request;
      if (traced)
        request.exchange.head.fields.add({http::field_name::unknown, "traceparent", traceparent});
      request.exchange.span = 0xab;
      rig.pipeline.refuse(request.exchange, error(errc::internal, "a bug"));
      rig.pipeline.finished(request.exchange, 1ms, true);
    }
    // Refusals under load are counted, not written down.
    test::lone_pipeline::arrived request;
    rig.pipeline.refuse(request.exchange, error(errc::overloaded));
  }
  CAPTURE(log);
  const auto first = log.substr(0, log.find('\n') + 1), second = log.substr(first.size());
  CHECK(first.find("detail=\"a bug\"") != first.npos);
  CHECK(first.ends_with(" trace_id=" + trace + " span_id=00000000000000ab\n"));
  CHECK(second.find("detail=\"a bug\"") != second.npos);
  CHECK(second.find("trace_id") == second.npos);
  CHECK(second.find('\n') + 1 == second.size());
}

TEST_CASE("records: sending is a stage of what was answered, and of nothing else") {
  test::manual_clock time;
  std::string log;
  test::lone_pipeline rig(time, onto(log));
  const auto sends = [&] { return rig.cells.spent_in(stage::send).sum_seconds(); };
  test::lone_pipeline::arrived request;
  io::exchange& e = request.exchange;
  e.started = time.now();
  time.advance(10ms);
  rig.pipeline.refuse(e, error(errc::bad_request));
  rig.pipeline.finished(e, 25ms, true);
  CHECK(sends() == Approx(0.015));
  // A client that left took nothing.
  e.clear();
  e.started = time.now();
  time.advance(10ms);
  rig.pipeline.refuse(e, error(errc::bad_request));
  rig.pipeline.finished(e, 25ms, false);
  CHECK(sends() == Approx(0.015));
  // A probe's and a streamed answer are not timed.
  e.clear();
  rig.pipeline.finished(e, 25ms, true);
  CHECK(sends() == Approx(0.015));
}

TEST_CASE("records: handshakes and busy connections") {
  test::manual_clock time;
  std::string log;
  test::lone_pipeline rig(time, onto(log));
  io::handler& handler = rig.pipeline;
  handler.secured(io::handshake::failed);
  handler.secured(io::handshake::established);
  handler.secured(io::handshake::established);
  for (int i = 0; i < 3; ++i) handler.secured(io::handshake::resumed);
  CHECK(rig.cells.handshakes_of(0).value() == 1);
  CHECK(rig.cells.handshakes_of(1).value() == 2);
  CHECK(rig.cells.handshakes_of(2).value() == 3);
  handler.busy(1);
  CHECK(rig.cells.busy_connections().value() == 1);
  handler.busy(-1);
  CHECK(rig.cells.busy_connections().value() == 0);
}
