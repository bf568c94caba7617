// net::proxy_header, and net::forwarded_client on the lines behind it.
#include "net/forwarded.hpp"
#include "net/proxy_protocol.hpp"

#include <optional>
#include <vector>

#include "tests/fuzz/pieces.hpp"
#include "tests/fuzz/targets.hpp"

namespace tailrace::fuzz {
namespace {

struct learnt {
  std::size_t taken = 0;
  bool complete = false;
  bool refused = false;
  std::optional<io::address> client;

  bool operator==(const learnt&) const = default;
};

learnt learn(std::string_view text, std::size_t piece_bytes) {
  net::proxy_header header;
  learnt out;
  for (pieces p(text, piece_bytes); p.left() && !header.complete();) {
    const std::string_view piece = p.next();
    const auto taken = header.feed(piece);
    if (taken.has_error()) {
      require(taken.error().code == errc::bad_request, "a PROXY header is refused as bad_request");
      require(!header.complete(), "a refused header is not complete");
      out = learnt{};
      out.refused = true;
      return out;
    }
    require(*taken == piece.size() || (*taken < piece.size() && header.complete()),
            "all is taken until the header is complete");
    out.taken += *taken;
  }
  out.complete = header.complete();
  out.client = header.client();
  return out;
}

bool is_mapped(const io::address& a) {
  return a.is_v6() && (a.to_v6().is_v4_mapped() || a.to_v6().scope_id() != 0);
}

void check_forwarded(std::string_view lines) {
  const std::vector<io::network> nobody;
  const std::vector<io::network> some{io::network::parse("10.0.0.0/8").value(),
                                      io::network::parse("fd00::/8").value()};
  const std::vector<io::network> everybody{io::network::parse("0.0.0.0/0").value(),
                                           io::network::parse("::/0").value()};
  http::fields fields;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    fields.add({http::field_name::unknown, "X-Forwarded-For", line});
  }
  const auto nearest = net::forwarded_client(fields, nobody);
  for (const auto* trusted : {&nobody, &some, &everybody}) {
    const auto client = net::forwarded_client(fields, *trusted);
    require(client.has_value() == nearest.has_value(),
            "trust does not decide whether there is one");
    require(!client || !is_mapped(*client), "addresses have one spelling");
    const bool stranger = nearest && !io::any_contains(*trusted, *nearest);
    require(!stranger || client == nearest, "nobody is believed but who is trusted");
  }
}

}  // namespace

void proxy_header(std::string_view input) {
  const std::string_view text = without_switches(input);
  const learnt whole = learn(text, text.size());
  require(learn(text, piece_size(switches_of(input))) == whole, "the split does not matter");
  require(whole.taken <= 4096, "a header has a limit");
  require(!whole.client || (whole.complete && !is_mapped(*whole.client)), "one spelling");
  if (whole.complete) {
    const std::string_view header = text.substr(0, whole.taken);
    require(header.starts_with("\r\n") || header.ends_with("\r\n"), "version 1 is a line");
    const learnt alone = learn(header, text.size());
    require(alone == whole, "what follows a header does not matter to it");
  }
  check_forwarded(text.substr(whole.taken));
}

}  // namespace tailrace::fuzz
