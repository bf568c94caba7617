#include "fetch/address_policy.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tailrace;
using namespace tailrace::fetch;

namespace {

address_policy policy(std::vector<std::string> networks = {}, std::string ports = "1-65535",
                      std::vector<std::string> sources = {}) {
  settings s;
  s.allow_source_networks = std::move(networks);
  s.allowed_source_ports = std::move(ports);
  s.allowed_sources = std::move(sources);
  return address_policy::make(s).value();
}

bool allows(const address_policy& p, const std::string& a, std::uint16_t port = 80) {
  const auto judged = p.judge(address_policy::endpoint(boost::asio::ip::make_address(a), port));
  if (judged.has_error()) CHECK(judged.error().code == errc::source_refused);
  return judged.has_value();
}

bool allows_url(const address_policy& p, const std::string& text) {
  return p.judge(parse_url(text, 8192).value()).has_value();
}

// One address before, the first, the last, one after.
struct range {
  const char* name;
  const char* before;
  bool before_allowed;
  const char* first;
  const char* last;
  const char* after;
  bool after_allowed;
};

const range denied_v4[] = {
    {"0/8", "0.0.0.0", false, "0.0.0.0", "0.255.255.255", "1.0.0.0", true},
    {"10/8", "9.255.255.255", true, "10.0.0.0", "10.255.255.255", "11.0.0.0", true},
    {"100.64/10", "100.63.255.255", true, "100.64.0.0", "100.127.255.255", "100.128.0.0", true},
    {"127/8", "126.255.255.255", true, "127.0.0.0", "127.255.255.255", "128.0.0.0", true},
    {"169.254/16", "169.253.255.255", true, "169.254.0.0", "169.254.255.255", "169.255.0.0", true},
    {"172.16/12", "172.15.255.255", true, "172.16.0.0", "172.31.255.255", "172.32.0.0", true},
    {"192.0.0/24", "191.255.255.255", true, "192.0.0.0", "192.0.0.255", "192.0.1.0", true},
    {"192.0.2/24", "192.0.1.255", true, "192.0.2.0", "192.0.2.255", "192.0.3.0", true},
    {"192.88.99/24", "192.88.98.255", true, "192.88.99.0", "192.88.99.255", "192.88.100.0", true},
    {"192.168/16", "192.167.255.255", true, "192.168.0.0", "192.168.255.255", "192.169.0.0", true},
    {"198.18/15", "198.17.255.255", true, "198.18.0.0", "198.19.255.255", "198.20.0.0", true},
    {"198.51.100/24", "198.51.99.255", true, "198.51.100.0", "198.51.100.255", "198.51.101.0",
     true},
    {"203.0.113/24", "203.0.112.255", true, "203.0.113.0", "203.0.113.255", "203.0.114.0", true},
    {"224/4", "223.255.255.255", true, "224.0.0.0", "239.255.255.255", "240.0.0.0", false},
    {"240/4", "239.255.255.255", false, "240.0.0.0", "255.255.255.255", "255.255.255.255", false},
    {"Azure's wire server", "168.63.129.15", true, "168.63.129.16", "168.63.129.16",
     "168.63.129.17", true},
};

const range denied_v6[] = {
    {"below 2000::/3", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, "1fff::", "1fff::1",
     "2000::", true},
    {"2001::/23", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true,
     "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::", true},
    {"2001:db8::/32", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", true,
     "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::", true},
    {"2002::/16", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true,
     "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::", true},
    {"3fff::/20", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true,
     "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::", true},
    {"above 2000::/3", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true, "4000::", "4000::1",
     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
};

void check_range(const address_policy& p, const range& r, const std::string& prefix = "") {
  INFO(prefix << r.name);
  CHECK(allows(p, prefix + r.before) == r.before_allowed);
  CHECK_FALSE(allows(p, prefix + r.first));
  CHECK_FALSE(allows(p, prefix + r.last));
  CHECK(allows(p, prefix + r.after) == r.after_allowed);
}

}  // namespace

TEST_CASE("the denied IPv4 ranges end exactly where they end, in every spelling") {
  const auto p = policy();
  for (const auto& r : denied_v4) {
    check_range(p, r);
    check_range(p, r, "::ffff:");                               // mapped
    check_range(p, r, "64:ff9b::");                             // NAT64
    if (std::string(r.name) != "0/8") check_range(p, r, "::");  // compatible
  }
}

TEST_CASE("of IPv6 only 2000::/3 is public, less what is special in it") {
  const auto p = policy();
  for (const auto& r : denied_v6) check_range(p, r);
  for (const char* a : {"::", "::1", "100::1", "fc00::1", "fdff::1", "fe80::1", "febf::1",
                        "fec0::1", "ff02::1", "64:ff9b:1::808:808", "64:ff9a::808:808", "5f00::1"})
    CHECK_FALSE(allows(p, a));
  for (const char* a : {"2606:4700::1111", "2a00:1450:4001::200e", "2001:4860:4860::8888"})
    CHECK(allows(p, a));
}

TEST_CASE("forms that carry an IPv4 address do not lead into our network") {
  // Whatever IPv6 is opened, the IPv4 inside is judged too.
  const auto open = policy({"::/0"});
  const auto closed = policy();
  struct form {
    const char* carrying_loopback;
    const char* carrying_public;
  };
  const form forms[] = {
      {"2002:7f00:1::1", "2002:808:808::1"},                             // 6to4
      {"2001:0:808:808:0:0:80ff:fffe", "2001:0:808:808:0:0:f7f7:f7f7"},  // Teredo, flipped bits
      {"2606::5efe:127.0.0.1", "2606::5efe:8.8.8.8"},                    // ISATAP
      {"2606::200:5efe:127.0.0.1", "2606::200:5efe:8.8.8.8"},
      {"64:ff9b:1::127.0.0.1", "64:ff9b:1::8.8.8.8"},
      {"::ffff:127.0.0.1", "::ffff:8.8.8.8"},
      {"::127.0.0.1", "::8.8.8.8"},
      {"64:ff9b::127.0.0.1", "64:ff9b::8.8.8.8"},
  };
  for (const auto& f : forms) {
    INFO(f.carrying_loopback);
    CHECK_FALSE(allows(closed, f.carrying_loopback));
    CHECK_FALSE(allows(open, f.carrying_loopback));
    CHECK(allows(open, f.carrying_public));
    CHECK(allows(policy({"127.0.0.1", "::/0"}), f.carrying_loopback));
  }
  // 6to4 and Teredo are no public IPv6, even around a public IPv4 address.
  CHECK_FALSE(allows(closed, "2002:808:808::1"));
  CHECK_FALSE(allows(closed, "2001:0:808:808:0:0:f7f7:f7f7"));
  CHECK(allows(closed, "2606::5efe:8.8.8.8"));
}

TEST_CASE("allow-source-networks adds networks, and only these") {
  const auto p = policy({"127.0.0.0/8", "10.1.2.0/31", "fd00:1::/32"});
  for (const char* a : {"127.0.0.1", "127.255.255.255", "10.1.2.0", "10.1.2.1", "fd00:1::5",
                        "::ffff:127.0.0.1", "8.8.8.8"})
    CHECK(allows(p, a));
  for (const char* a : {"10.1.1.255", "10.1.2.2", "fd00:2::1", "::1", "192.168.0.1"})
    CHECK_FALSE(allows(p, a));
  CHECK(allows(policy({"::1"}), "::1"));
  CHECK(allows(policy({"::ffff:10.0.0.0/104"}), "10.9.9.9"));
  CHECK_FALSE(allows(policy({"::/0"}), "10.9.9.9"));
  CHECK_FALSE(allows(policy({"0.0.0.0/0"}), "fd00::1"));
}

TEST_CASE("link-local and metadata addresses are opened only by a network inside their range") {
  const char* guarded[] = {"169.254.169.254",
                           "169.254.0.1",
                           "fe80::1",
                           "100.100.100.200",
                           "192.0.0.192",
                           "168.63.129.16",
                           "fd00:ec2::254",
                           "fd20:ce::254",
                           "fd00:c1::a9fe:a9fe",
                           "::ffff:169.254.169.254",
                           "64:ff9b::169.254.169.254"};
  const auto wide = policy({"0.0.0.0/0", "::/0", "169.0.0.0/8", "168.63.0.0/16", "100.64.0.0/10",
                            "fd00::/8", "fd00:ec2::/32", "fe00::/9", "192.0.0.0/24"});
  for (const char* a : guarded) CHECK_FALSE(allows(wide, a));
  CHECK(allows(wide, "100.100.100.201"));
  CHECK(allows(wide, "fd00:ec2::253"));
  CHECK(allows(policy({"169.254.0.0/16"}), "169.254.169.254"));
  CHECK(allows(policy({"169.254.169.254"}), "169.254.169.254"));
  CHECK_FALSE(allows(policy({"169.254.169.254"}), "169.254.169.253"));
  CHECK(allows(policy({"fe80::/64"}), "fe80::1"));
  CHECK(allows(policy({"fd00:ec2::254/128"}), "fd00:ec2::254"));
  CHECK(allows(policy({"100.100.100.200/32"}), "100.100.100.200"));
}

TEST_CASE("ports are judged everywhere, also in opened networks") {
  const auto p = policy({"127.0.0.1"}, "80,443,8000-8010");
  for (const std::uint16_t port : {80, 443, 8000, 8005, 8010}) {
    CHECK(allows(p, "8.8.8.8", port));
    CHECK(allows(p, "127.0.0.1", port));
  }
  for (const std::uint16_t port : {0, 1, 79, 81, 22, 7999, 8011, 65535}) {
    CHECK_FALSE(allows(p, "8.8.8.8", port));
    CHECK_FALSE(allows(p, "127.0.0.1", port));
  }
  CHECK_FALSE(allows_url(p, "http://example.com:22/"));
  CHECK(allows_url(p, "http://example.com:8000/"));
}

TEST_CASE("names of loopback are refused before they are looked up") {
  const char* names[] = {"localhost", "LOCALHOST", "a.localhost", "ip6-localhost", "ip6-loopback"};
  for (const char* name : names) {
    CHECK_FALSE(allows_url(policy(), "http://" + std::string(name) + "/"));
    CHECK(allows_url(policy({"127.0.0.0/8"}), "http://" + std::string(name) + "/"));
    CHECK(allows_url(policy({"::1"}), "http://" + std::string(name) + "/"));
  }
  for (const char* name : {"notlocalhost", "localhost.example", "my-localhost"})
    CHECK(allows_url(policy(), "http://" + std::string(name) + "/"));
  CHECK_FALSE(allows_url(policy(), "http://127.0.0.1/"));
  CHECK_FALSE(allows_url(policy(), "http://[::ffff:10.0.0.1]/"));
  CHECK(allows_url(policy(), "http://1.1.1.1/"));
  CHECK(allows_url(policy(), "local:///a"));
}

TEST_CASE("our own listeners are refused whatever is opened") {
  using boost::asio::ip::make_address;
  auto p = policy({"0.0.0.0/0", "::/0"});
  p.refuse_listeners({{make_address("0.0.0.0"), 8080}, {make_address("10.0.0.5"), 9464}},
                     {make_address("10.0.0.5"), make_address("192.168.1.2")});
  for (const char* a : {"127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.5", "192.168.1.2", "::1",
                        "::", "::ffff:127.0.0.1", "::ffff:10.0.0.5", "64:ff9b::10.0.0.5"}) {
    INFO(a);
    CHECK_FALSE(allows(p, a, 8080));
    CHECK(allows(p, a, 8081));
  }
  CHECK(allows(p, "10.0.0.6", 8080));
  CHECK_FALSE(allows(p, "10.0.0.5", 9464));
  CHECK(allows(p, "192.168.1.2", 9464));
}

TEST_CASE("allowed-sources: hosts, subdomains, URL prefixes with a safe boundary") {
  const auto p = policy({}, "1-65535",
                        {"Example.com", "*.cdn.example", "https://a.b/img", "http://a.b:81",
                         "https://c.d/x/", "[2606:4700::1111]", "1.1.1.1"});
  for (const char* u :
       {"http://example.com/", "https://example.com:8443/x", "http://x.cdn.example/",
        "http://x.y.cdn.example/", "https://a.b/img", "https://a.b/img/1", "https://a.b/img?x=../y",
        "http://a.b:81/any/../thing", "https://c.d/x/y", "http://[2606:4700::1111]/",
        "http://1.1.1.1/", "local:///a"})
    CHECK(allows_url(p, u));
  for (const char* u :
       {"http://www.example.com/", "http://example.com.evil.net/", "http://evilexample.com/",
        "http://cdn.example/", "http://xcdn.example/", "http://a.b/img", "https://a.b/image",
        "https://a.b/", "https://a.b:8443/img", "https://a.b/img/../secret", "https://a.b/img/..",
        "https://a.b/img/%2e%2E/secret", "https://a.b/img/%2f..", "https://a.b/IMG",
        "http://a.b:82/", "https://c.d/x", "https://c.d/xy", "http://[2606:4700::1112]/",
        "http://1.1.1.2/"}) {
    INFO(u);
    CHECK_FALSE(allows_url(p, u));
  }
  // Being listed does not make an address public.
  CHECK_FALSE(allows_url(policy({}, "1-65535", {"10.0.0.1"}), "http://10.0.0.1/"));
}

TEST_CASE("settings that say nothing sensible are refused with key and value") {
  auto refused = [](auto change, const std::string& key, const std::string& value) {
    settings s;
    change(s);
    const auto p = address_policy::make(s);
    REQUIRE(p.has_error());
    CHECK(p.error().code == errc::bad_parameter);
    CHECK(p.error().detail.find(key) != std::string::npos);
    CHECK(p.error().detail.find(value) != std::string::npos);
  };
  for (const std::string v : {"", "10", "10.0.0.0/33", "10.0.0.1/8", "::/129", "fe80::1%lo", "a/8",
                              "10.0.0.0/", "10.0.0.0/8x", "10.0.0.0/-1", "10.0.0.0/8/8"})
    refused([&](settings& s) { s.allow_source_networks = {v}; }, "allow-source-networks", v);
  for (const std::string v :
       {"", "0", "80,", ",80", "80-", "90-80", "65536", "a", "80;443", "1-2-3"})
    refused([&](settings& s) { s.allowed_source_ports = v; }, "allowed-source-ports", v);
  for (const std::string v : {"", "*", "*.", "a/b", "a:80", "*.https://a", "local:///", "*.1.2",
                              "ftp://a/", "a b", "http://"})
    refused([&](settings& s) { s.allowed_sources = {v}; }, "allowed-sources", v);
}
