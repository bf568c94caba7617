// The whole request path over a real socket: net::session and api::pipeline. The first byte of the
// input says how the client behaves (see manner_of), the rest is what it sends.
#include "net/proxy_protocol.hpp"

#include <algorithm>

#include "tests/fuzz/answer_stream.hpp"
#include "tests/fuzz/expected_answers.hpp"
#include "tests/fuzz/pieces.hpp"
#include "tests/fuzz/session_rig.hpp"
#include "tests/fuzz/targets.hpp"

namespace tailrace::fuzz {
namespace {

using manner = session_rig::manner;

// '0' to '7': split in pieces; '8' to '?': slow, too, and waits for the server in the end; 'p' to
// DEL: the same behind a PROXY header.
manner manner_of(unsigned switches) {
  manner how;
  how.piece_bytes = piece_size(switches);
  how.proxied = (switches & 0x40U) != 0;
  how.stays = (switches & 8U) != 0;
  if (how.stays) how.pause = std::chrono::milliseconds((switches & 0x20U) != 0 ? 1300 : 40);
  return how;
}

// What is left of the input behind a PROXY header; nothing where that is not whole and good.
std::string_view behind_proxy_header(std::string_view text) {
  net::proxy_header header;
  const auto taken = header.feed(text);
  if (taken.has_error() || !header.complete()) return {};
  return text.substr(*taken);
}

struct answers {
  std::vector<received_answer> all;
  std::vector<std::size_t> interim;  // before which of them
};

// HEAD or not is known only for answers that were expected; one more may be a 408.
answers read_all(std::string_view output, const std::vector<expected_answer>& expected) {
  answers got;
  for (answer_stream stream(output); !stream.at_end();) {
    const std::size_t i = got.all.size();
    const auto a = stream.next(i < expected.size() && expected[i].bodiless);
    if (a.interim) {
      require(a.status == 100 && i < expected.size() && expected[i].may_continue,
              "100 Continue is for who expects it");
      require(got.interim.empty() || got.interim.back() != i, "100 Continue comes once");
      got.interim.push_back(i);
    } else {
      require(got.all.empty() || !got.all.back().close, "nothing comes after the last answer");
      got.all.push_back(a);
    }
  }
  require(got.interim.empty() || got.interim.back() < got.all.size(), "every request is answered");
  return got;
}

void check_answer(const received_answer& a, const expected_answer& e) {
  if (e.status) require(a.status == *e.status, "a broken request is refused as the rules say");
  if (e.last) require(a.close, "the last answer says that it is");
  if (a.status == 500) throw violation("nothing fails inside: " + a.body);
  if (a.status != 200 || !e.body_bytes || !a.body.starts_with("{\"bytes\":")) return;
  const std::string bytes = "{\"bytes\":" + std::to_string(*e.body_bytes) + ",";
  require(a.body.starts_with(bytes), "the whole body was read, and nothing else");
}

// A client in time is answered exactly as expected; one that is slow may hear 408 earlier, or less.
void check(const answers& got, const std::vector<expected_answer>& expected, bool slow) {
  for (std::size_t i = 0; i < got.all.size() && i < expected.size(); ++i) {
    const bool late = slow && got.all[i].status == 408;
    if (!late) check_answer(got.all[i], expected[i]);
    if (late) require(got.all[i].close, "who is late is not served on");
  }
  const std::size_t most = expected.size() + (slow ? 1 : 0);
  require(got.all.size() <= most, "no answer without a request");
  if (got.all.size() > expected.size())
    require(got.all.back().status == 408, "an unfinished request may be called late, no more");
  const std::size_t n = got.all.size();
  if (!slow && n < expected.size())
    require(n > 0 && expected[n - 1].may_end, "every request is answered");
}

// Split or not, the answers are the same but for what is made for each: Date and request id; and
// for the connection where it may end: a body that comes with its head spares the client from being
// told to go on (RFC 9110 §10.1.1), and of one that is broken or cut off the service may or may not
// know when it answers.
void check_same(const answers& a, const answers& b, const std::vector<expected_answer>& expected) {
  const std::size_t n = std::min(a.all.size(), b.all.size());
  for (std::size_t i = 0; i < n; ++i) {
    const received_answer& one = a.all[i];
    const received_answer& other = b.all[i];
    require(one.status == other.status, "the split does not matter to the status");
    if (!expected[i].may_end) require(one.close == other.close, "nor to the connection");
    // Where an answer breaks off depends on when its request did.
    if (one.streamed || other.streamed) continue;
    require(one.body.size() == other.body.size(), "nor to the size of the answer");
    require(one.status != 200 || one.body == other.body, "nor to its content");
  }
  if (a.all.size() != b.all.size())
    require(n > 0 && expected[n - 1].may_end, "the split does not matter to how many answers come");
}

}  // namespace

void request_session(std::string_view input) {
  static session_rig rig;
  const std::string_view bytes = without_switches(input);
  manner how = manner_of(switches_of(input));
  // Each piece costs four system calls: in long inputs only some of the places to split are tried.
  how.piece_bytes = std::max(how.piece_bytes, bytes.size() / 64);
  const auto expected = answers_to(how.proxied ? behind_proxy_header(bytes) : bytes, rig.limits());

  const std::string output = rig.converse(bytes, how);
  const answers got = read_all(output, expected);
  check(got, expected, how.stays);
  if (how.stays) return;
  manner at_once = how;
  at_once.piece_bytes = bytes.size();
  const std::string other_output = rig.converse(bytes, at_once);
  const answers others = read_all(other_output, expected);
  check(others, expected, false);
  check_same(got, others, expected);
}

}  // namespace tailrace::fuzz
