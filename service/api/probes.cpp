#include "api/probes.hpp"

#include "http/json.hpp"

namespace tailrace::api {
namespace {

void answer_version(http::response& answer) {
  answer.content_type = "application/json";
  http::json_object json(answer.text);
  json.add("name", "tailrace");
  json.add("version", TAILRACE_VERSION);
  json.close();
  answer.text.push_back('\n');
}

}  // namespace

void answer_probe(http::response& answer, endpoint which, bool ready) {
  if (which == endpoint::version) return answer_version(answer);
  const bool good = which == endpoint::livez || ready;
  answer.content_type = "text/plain";
  answer.status = good ? 200 : 503;
  answer.text = good ? "ok\n" : "draining\n";
}

}  // namespace tailrace::api
