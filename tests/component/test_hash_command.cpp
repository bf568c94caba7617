// `tailrace hash` beside the real sha256sum and its relatives.
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/command_line.hpp"

namespace tailrace {
namespace {

namespace fs = std::filesystem;
using test::hash_command;
using test::run_in;
using words = std::vector<std::string>;

words joined(words a, const words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// Files whose names are made of what breaks lines, shells and encodings.
class folder {
 public:
  explicit folder(unsigned seed) : random_(seed) {
    for (const std::size_t size : {0, 1, 65535, 65536, 65537, 1'000'000}) add(size);
    for (int i = 0; i < 30; ++i) add(random_() % 200'000);
  }

  const std::string& path() const { return path_; }
  const words& names() const { return names_; }

 private:
  void add(std::size_t size) {
    static const words parts{"a",    " ", "\n", "\\", "\r", "*", "'",       "\"",
                             "\xff", "ä", "-",  "(",  ")",  "=", "SHA256 ("};
    std::string name;
    do {
      name.clear();
      for (auto n = 1 + random_() % 6; n > 0; --n) name += parts[random_() % parts.size()];
    } while (name == "-" || fs::exists(path_ + "/" + name));
    std::string content(size, '\0');
    for (char& c : content) c = static_cast<char>(random_());
    files_.write(name, content);
    names_.push_back(name);
  }

  std::mt19937 random_;
  test::temporary_folder files_;
  const std::string path_ = files_.path();
  words names_;
};

void expect_same(const std::string& path, const words& theirs, const words& ours,
                 const std::string& input = {}) {
  const auto wanted = run_in(path, theirs, input);
  const auto got = run_in(path, ours, input);
  INFO(Catch::rangeToString(ours) << "\n" << wanted.err << "\n" << got.err);
  CHECK(got.out == wanted.out);
  CHECK(got.status == wanted.status);
}

unsigned a_seed() {
  return std::random_device()();
}

}  // namespace

TEST_CASE("hash command: the same lines as sha256sum, whatever the names and sizes") {
  const auto seed = a_seed();
  INFO("seed " << seed);
  const folder files(seed);
  const auto names = joined({"--"}, files.names());
  for (const char* style : {"--text", "--binary", "--zero"})
    for (const char* at_a_time : {"-j1", "-j3", "-j256"})
      expect_same(files.path(), joined({"sha256sum", style}, names),
                  joined(hash_command({style, at_a_time}), names));
  expect_same(files.path(), joined({"sha256sum", "--tag"}, names),
              joined(hash_command({"--tag"}), names));
}

TEST_CASE("hash command: every algorithm that has a tool") {
  const folder files(1);
  const auto names = joined({"--"}, files.names());
  for (const auto& [tool, algorithm] :
       std::vector<std::pair<std::string, std::string>>{{"md5sum", "md5"},
                                                        {"sha1sum", "sha1"},
                                                        {"sha384sum", "sha384"},
                                                        {"sha512sum", "sha512"},
                                                        {"b2sum", "blake2b512"},
                                                        {"xxh128sum", "xxh128"}}) {
    expect_same(files.path(),
                joined({tool}, files.names().front() == "-" ? names : words{"/dev/null"}),
                hash_command({"-a", algorithm, "/dev/null"}));
    if (tool == "xxh128sum") continue;  // it escapes names otherwise
    expect_same(files.path(), joined({tool, "--tag"}, names),
                joined(hash_command({"--tag", "-a", algorithm}), names));
  }
}

TEST_CASE("hash command: what cannot be read is told, and the others go on") {
  const folder files(2);
  fs::create_directory(files.path() + "/folder");
  const words names{"missing",  files.names()[5], "folder",          "/dev/null",
                    "mis sing", "/proc/version",  "missing/beneath", files.names()[0] + "/x",
                    ""};
  expect_same(files.path(), joined({"sha256sum", "--"}, names),
              joined(hash_command({"--"}), names));

  const auto got = run_in(files.path(), hash_command({"missing", "/dev/null", "folder", "a b"}));
  CHECK(got.err ==
        "tailrace: missing: No such file or directory\n"
        "tailrace: folder: Is a directory\n"
        "tailrace: 'a b': No such file or directory\n");
  CHECK(got.status == 1);
}

TEST_CASE("hash command: standard input, also twice and among files") {
  const folder files(3);
  const std::string input(300'000, 'x');
  expect_same(files.path(), {"sha256sum"}, hash_command({}), input);
  expect_same(files.path(), {"sha256sum", "-"}, hash_command({"-"}), input);
  expect_same(files.path(), {"sha256sum", "-", "/dev/null", "-", "-"},
              hash_command({"-", "/dev/null", "-", "-"}), input);
  // One reader at a time, or two would share out what comes through a pipe.
  const auto piped = [&](const words& command) {
    return run_in(files.path(),
                  joined({"sh", "-c", "head -c 4000000 /dev/zero | \"$@\"", "sh"}, command));
  };
  CHECK(piped(hash_command({"-", "-"})).out == piped({"sha256sum", "-", "-"}).out);
  // A pipe, whose pieces come as they like.
  const auto got = run_in(files.path(), {"sh", "-c", "(printf a; printf b) | \"$@\"", "sh",
                                         hash_command({})[0], "hash"});
  CHECK(got.out == "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603  -\n");
}

TEST_CASE("hash command: lists are checked as sha256sum checks them") {
  const auto seed = a_seed();
  INFO("seed " << seed);
  const folder files(seed);
  words names{"--"};
  // How names with these are told depends on the version of sha256sum.
  std::copy_if(files.names().begin(), files.names().end(), std::back_inserter(names),
               [](const std::string& name) { return name.find_first_of("\\\r") == name.npos; });
  const auto usual = run_in(files.path(), joined({"sha256sum"}, names)).out;
  const auto tagged = run_in(files.path(), joined({"sha256sum", "--tag"}, names)).out;
  std::string wrong = usual;
  wrong[wrong.find_first_of("0123456789")] ^= 1;
  std::string crlf = "# a comment\r\n\r\n" + std::string(64, '0') + "  missing\r\n";
  const std::string junk =
      "no line\n" + usual + "nor this one\n\n" + std::string(64, 'g') + "  a\n";
  const std::string absent = std::string(64, 'A') + "  missing\n";
  const std::string reversed = std::string(64, '0') + " missing\n" + usual;
  for (const auto& list : {usual, tagged, usual + tagged, wrong, crlf, junk, absent, reversed,
                           usual + absent, wrong + absent + junk, std::string(), std::string("\n"),
                           usual.substr(0, usual.size() - 1), std::string(64, '0') + "  -\n"})
    for (const words& options :
         {words{}, words{"--quiet"}, words{"--status"}, words{"--strict"}, words{"--warn"},
          words{"--ignore-missing"}, words{"--ignore-missing", "--quiet", "--strict"}}) {
      INFO("list:\n" << list);
      expect_same(files.path(), joined({"sha256sum", "-c"}, options),
                  hash_command(joined({"-c", "-a", "sha256"}, options)), list);
    }
}

TEST_CASE("hash command: a name that would break the line of its verdict is escaped") {
  const test::temporary_folder files;
  for (const char* name : {"a\rb", "a\nb", "a\\b"}) files.write(name, "");
  const auto list = run_in(files.path(), {"sha256sum", "a\rb", "a\nb", "a\\b"}).out;
  CHECK(run_in(files.path(), hash_command({"-c"}), list).out ==
        "\\a\\rb: OK\n\\a\\nb: OK\n\\a\\\\b: OK\n");
}

TEST_CASE("hash command: lists as files, several of them, and what is said about them") {
  const test::temporary_folder files;
  files.write("a", "a");
  const auto good = run_in(files.path(), {"sha256sum", "a"}).out;
  files.write("good", good);
  files.write("bad", std::string(64, '0') + "  a\nnonsense\n" + std::string(64, '0') + "  nope\n");
  const words lists{"good", "missing", "bad", ".", "a"};
  expect_same(files.path(), joined({"sha256sum", "-c"}, lists),
              joined(hash_command({"-c", "-a", "sha256"}), lists));
  const auto got = run_in(files.path(), joined(hash_command({"-cw"}), lists));
  CHECK(got.out == "a: OK\na: FAILED\nnope: FAILED open or read\n");
  CHECK(got.err ==
        "tailrace: missing: No such file or directory\n"
        "tailrace: bad: 2: improperly formatted SHA256 checksum line\n"
        "tailrace: nope: No such file or directory\n"
        "tailrace: WARNING: 1 line is improperly formatted\n"
        "tailrace: WARNING: 1 listed file could not be read\n"
        "tailrace: WARNING: 1 computed checksum did NOT match\n"
        "tailrace: .: Is a directory\n"
        "tailrace: a: 1: improperly formatted SHA256 checksum line\n"
        "tailrace: a: no properly formatted checksum lines found\n");
  CHECK(got.status == 1);

  // A tag may name any algorithm we know.
  const auto mixed = run_in(files.path(), {"sh", "-c", "sha1sum --tag a; md5sum --tag a"}).out;
  CHECK(run_in(files.path(), hash_command({"-c"}), mixed).out == "a: OK\na: OK\n");
}

TEST_CASE("hash command: several algorithms take one pass") {
  const test::temporary_folder files;
  const auto got = run_in(files.path(), hash_command({"-a", "md5,sha1", "--tag", "-"}), "");
  CHECK(got.out ==
        "MD5 (-) = d41d8cd98f00b204e9800998ecf8427e\n"
        "SHA1 (-) = da39a3ee5e6b4b0d3255bfef95601890afd80709\n");
}

TEST_CASE("hash command: a wrong command line is refused with 2") {
  const test::temporary_folder files;
  for (const words& bad : {words{"--max-concurrent=0"}, words{"--nonsense"},
                           words{"--allow-source-networks=nonsense"}, words{"--status"}}) {
    const auto got = run_in(files.path(), hash_command(bad));
    CHECK(got.status == 2);
    CHECK(got.out.empty());
    CHECK(got.err.starts_with("tailrace: "));
  }
  const std::string binary = hash_command({})[0];
  CHECK(run_in(files.path(), {binary, "--svg", "hash", "a"}).status == 2);
  CHECK(run_in(files.path(), {binary, "--help"}).out.find("hash") != std::string::npos);
}

}  // namespace tailrace
