// The trace that a request says it belongs to (W3C Trace Context): what its origins are told, and
// what the log says.
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;
using test::always;
using test::ok;

namespace {

const std::string trace = "0af7651916cd43dd8448eb211c80319c";
const std::string parent = "b7ad6b7169203331";

std::string header(const std::string& name, const std::string& value) {
  return name + ": " + value;
}

// The value of a field in a request that an origin got, or of a key in a line of the log.
std::string value_of(const std::string& text, const std::string& name, char end) {
  const auto at = text.find(name);
  if (at == text.npos) return {};
  const auto from = at + name.size();
  return text.substr(from, text.find_first_of(std::string{end, '\n'}, from) - from);
}

std::string sent(const std::string& request, const std::string& field) {
  return value_of(request, "\r\n" + field + ": ", '\r');
}

// The access line of that request, once it is there.
std::string line_of(const test::service& s, const std::string& id) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (;;) {
    const std::string log = s.output();
    const auto at = log.find("request_id=" + id + " ");
    const auto stop = log.find('\n', at);
    if (at != log.npos && stop != log.npos) return log.substr(at, stop - at);
    if (std::chrono::steady_clock::now() > end) return {};
  }
}

}  // namespace

TEST_CASE("tracing: an origin is told the trace, and our part in it, which the log names") {
  test::origin o({always(ok("x"))});
  test::service s({"--access-log=all"});
  const std::string target = "/v1/hash?url=" + o.url("/");
  const auto with = [&](std::vector<std::string> fields, const std::string& id) {
    std::vector<std::string> arguments{"-H", header("X-Request-Id", id)};
    for (const auto& f : fields) arguments.insert(arguments.end(), {"-H", f});
    CHECK(s.get(target, arguments).status == 200);
    return o.requests().back();
  };

  const auto sampled = header("traceparent", "00-" + trace + "-" + parent + "-01");
  const std::string first =
      with({sampled, header("tracestate", "a=1"), header("tracestate", "b=2 ,c=3")}, "first");
  const std::string told = sent(first, "traceparent");
  const std::string span = told.substr(36, 16);
  CHECK(told == "00-" + trace + "-" + span + "-01");
  CHECK(span != parent);
  CHECK(sent(first, "tracestate") == "a=1,b=2 ,c=3");
  const std::string line = line_of(s, "first");
  CHECK(value_of(line, "trace_id=", ' ') == trace);
  CHECK(value_of(line, "span_id=", ' ') == span);

  // Another request is another span, also in the same trace.
  const std::string second =
      with({header("Traceparent", "cc-" + trace + "-" + parent + "-02-x")}, "second");
  CHECK(sent(second, "traceparent").starts_with("00-" + trace + "-"));
  CHECK(sent(second, "traceparent").ends_with("-02"));
  CHECK(sent(second, "traceparent").substr(36, 16) != span);
  CHECK(sent(second, "tracestate").empty());

  // Where there is no trace none is made up; a state without one means nothing.
  int n = 0;
  for (const std::vector<std::string>& none :
       {std::vector<std::string>{},
        {header("tracestate", "a=1")},
        {header("traceparent", "00-" + trace + "-0000000000000000-01"),
         header("tracestate", "a=1")},
        {sampled, sampled}}) {
    const std::string id = "none-" + std::to_string(++n);
    const std::string request = with(none, id);
    CAPTURE(request);
    CHECK(request.find("\r\ntrace") == request.npos);
    CHECK(line_of(s, id).find("trace_id") == std::string::npos);
    CHECK(line_of(s, id).find("span_id") == std::string::npos);
  }

  // One that breaks the rules does not cost the trace.
  CHECK(sent(with({sampled, header("tracestate", "A=1")}, "state"), "traceparent").substr(3, 32) ==
        trace);
  CHECK(sent(o.requests().back(), "tracestate").empty());
}

TEST_CASE("tracing: the items of a batch are spans of their own; a refusal is in the log, too") {
  test::origin o({always(ok("x"))});
  test::service s({"--access-log=all"});
  const std::vector<std::string> traced{
      "-H", header("traceparent", "00-" + trace + "-" + parent + "-00"),
      "-H", header("X-Request-Id", "items"),
      "-H", "Content-Type: application/json",
      "-d"};
  std::vector<std::string> arguments = traced;
  arguments.push_back("{\"items\":[{\"url\":\"" + o.url("/1") + "\"},{\"url\":\"" + o.url("/2") +
                      "\"}]}");
  CHECK(s.get("/v1/batch", arguments).status == 200);
  std::set<std::string> spans;
  for (const std::string& request : o.requests()) {
    CHECK(sent(request, "traceparent").substr(0, 36) == "00-" + trace + "-");
    spans.insert(sent(request, "traceparent").substr(36, 16));
  }
  CHECK(spans.size() == 2);
  CHECK(value_of(line_of(s, "items"), "trace_id=", ' ') == trace);

  CHECK(s.get("/nothing", {"-H", traced[1], "-H", header("X-Request-Id", "refused")}).status ==
        404);
  CHECK(value_of(line_of(s, "refused"), "trace_id=", ' ') == trace);
  CHECK(value_of(line_of(s, "refused"), "span_id=", ' ').size() == 16);
}
