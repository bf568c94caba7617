// How `tailrace hash` ends when something is in its way, and what it fetches.
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>

#include "tests/support/catch.hpp"
#include "tests/support/command_line.hpp"
#include "tests/support/origin.hpp"

namespace tailrace {
namespace {

using namespace std::chrono_literals;
using test::hash_command;
using test::run_in;
using words = std::vector<std::string>;

const std::string of_empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const std::string of_hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

std::string make_fifo(const test::temporary_folder& in, const std::string& name) {
  REQUIRE(::mkfifo(in.path(name).c_str(), 0600) == 0);
  return in.path(name);
}

words with_loopback(words arguments) {
  arguments.insert(arguments.begin(),
                   {"--allow-source-networks=127.0.0.0/8", "--allowed-source-ports=1-65535"});
  return hash_command(arguments);
}

// Runs Python, which knows pipes and terminals; `arguments` are sys.argv[1:].
test::said python(const test::temporary_folder& in, const std::string& program, words arguments) {
  arguments.insert(arguments.begin(), {"python3", "-c", program});
  return run_in(in.path(), arguments);
}

}  // namespace

TEST_CASE("hash command: a slow one holds back those behind it, and nothing else") {
  const test::temporary_folder files;
  const auto fifo = make_fifo(files, "fifo");
  test::process running(hash_command({fifo, "/dev/null"}), files.path("out"));
  // Opening waits for the reader; the bytes come in pieces.
  std::ofstream writer(fifo);
  writer << "hel" << std::flush << "lo" << std::flush;
  CHECK(test::read_text(files.path("out")).empty());
  writer.close();
  CHECK(running.wait(20s) == 0);
  CHECK(test::read_text(files.path("out")) ==
        of_hello + "  " + fifo + "\n" + of_empty + "  /dev/null\n");
}

TEST_CASE("hash command: standard input is read once, whatever it is called") {
  const test::temporary_folder files;
  for (const char* other : {"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}) {
    CAPTURE(other);
    words command{"sh", "-c", "printf hello | \"$@\"", "sh"};  // a pipe, which cannot be read again
    for (const std::string& word : hash_command({"-", other})) command.push_back(word);
    const auto got = run_in(files.path(), command);
    CHECK(got.status == 0);
    CHECK(got.out == of_hello + "  -\n" + of_empty + "  " + other + "\n");
  }
}

TEST_CASE("hash command: --fail-fast ends at a list that cannot be read or holds nothing") {
  const test::temporary_folder files;
  files.write("good", of_empty + "  /dev/null\n");
  files.write("nothing", "no line of a list\n");
  for (const char* bad : {"missing", "nothing"}) {
    CAPTURE(bad);
    const auto all = run_in(files.path(), hash_command({"-c", bad, "good"}));
    CHECK(all.status == 1);
    CHECK(all.out == "/dev/null: OK\n");
    const auto first = run_in(files.path(), hash_command({"-c", "--fail-fast", bad, "good"}));
    CHECK(first.status == 1);
    CHECK(first.out.empty());
  }
}

TEST_CASE("hash command: more names than are kept in order at a time wait for a slow one") {
  const test::temporary_folder files;
  make_fifo(files, "fifo");
  // The writer opens the pipe, and so the list runs ahead of it as far as it may.
  words arguments{"-j2", "fifo"};
  arguments.resize(5002, "/dev/null");
  words command{"sh", "-c", "(printf hello >fifo) & exec \"$@\"", "sh"};
  const auto hash = hash_command(arguments);
  command.insert(command.end(), hash.begin(), hash.end());
  std::string wanted = of_hello + "  fifo\n";
  for (int i = 0; i < 5000; ++i) wanted += of_empty + "  /dev/null\n";
  const auto got = run_in(files.path(), command);
  CHECK(got.out == wanted);
  CHECK(got.status == 0);
}

TEST_CASE("hash command: a list that is still being written is checked as far as it goes") {
  const test::temporary_folder files;
  const auto list = make_fifo(files, "list");
  test::process running(hash_command({"-c", list}), files.path("out"));
  std::ofstream writer(list);
  const std::string line = of_empty + "  /dev/null\n", verdict = "/dev/null: OK\n";
  writer << line << std::flush;
  // Whatever it does not tell before more comes, it will never tell: the writer waits for it.
  for (int i = 0; i < 4000 && test::read_text(files.path("out")) != verdict; ++i)
    REQUIRE_FALSE(running.wait(5ms));
  CHECK(test::read_text(files.path("out")) == verdict);
  writer << line;
  writer.close();
  CHECK(running.wait(20s) == 0);
  CHECK(test::read_text(files.path("out")) == verdict + verdict);
}

TEST_CASE("hash command: --fail-fast ends what is under way, even a pipe nobody writes to") {
  const test::temporary_folder files;
  make_fifo(files, "fifo");
  const auto got = run_in(files.path(), hash_command({"--fail-fast", "fifo", "missing"}));
  CHECK(got.status == 1);
  CHECK(got.out.empty());
  CHECK(got.err ==
        "tailrace: missing: No such file or directory\n"
        "tailrace: ended at the first error\n");

  // When checking, a digest that is wrong is an error.
  const auto checked = run_in(files.path(), hash_command({"-c", "--fail-fast"}),
                              std::string(64, '0') + "  /dev/null\n" + of_empty + "  fifo\n");
  CHECK(checked.status == 1);
  CHECK(checked.out == "/dev/null: FAILED\n");
}

TEST_CASE("hash command: an interrupt ends it at once, with whole lines") {
  const test::temporary_folder files;
  const auto fifo = make_fifo(files, "fifo");
  test::process running(hash_command({"/dev/null", fifo}), files.path("out"));
  // The reader is there, and gets nothing.
  const int writer = ::open(fifo.c_str(), O_WRONLY);
  running.signal(SIGINT);
  CHECK(running.wait(20s) == 130);
  ::close(writer);
  const auto out = test::read_text(files.path("out"));
  CHECK((out.empty() || out == of_empty + "  /dev/null\n"));
}

TEST_CASE("hash command: an output that takes no more ends it, in the words that fit") {
  const test::temporary_folder files;
  const auto full =
      run_in(files.path(), hash_command({"/dev/null", "/dev/null"}), {}, ">/dev/full");
  CHECK(full.status == 1);
  CHECK(full.err == "tailrace: write error: No space left on device\n");

  const auto closed = run_in(files.path(), hash_command({"/dev/null"}), {}, ">&-");
  CHECK(closed.status == 1);
  CHECK(closed.err == "tailrace: write error: Bad file descriptor\n");

  // A reader that went away is no mistake of anybody.
  const auto gone = python(files, R"(
import os, subprocess, sys
reader, writer = os.pipe()
os.close(reader)
done = subprocess.run(sys.argv[1:], stdout=writer, stderr=subprocess.PIPE)
print(done.returncode, done.stderr)
)",
                           hash_command({"/dev/null"}));
  CHECK(gone.out == "-13 b''\n");
}

TEST_CASE("hash command: a terminal is shown how far it is, and the lines stay whole") {
  const test::temporary_folder files;
  make_fifo(files, "fifo");
  // Both outputs on it, and standard output apart.
  const auto got = python(files, R"(
import os, pty, subprocess, sys
for apart in (False, True):
    master, slave = pty.openpty()
    running = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE if apart else slave, stderr=slave)
    os.close(slave)
    writer = os.open("fifo", os.O_WRONLY)
    shown = b""
    while b"1/2" not in shown: shown += os.read(master, 4096)
    os.write(writer, b"hello")
    while b"5 B" not in shown: shown += os.read(master, 4096)
    os.close(writer)
    out = running.stdout.read() if apart else b""
    try:
        while part := os.read(master, 4096): shown += part
    except OSError: pass
    # What a terminal still shows of each line when all has been erased that was.
    rows = [row.split(b"\x1b[K")[-1] for row in shown.split(b"\r\n")]
    sys.stdout.buffer.write(b"\n".join(rows) + b"|" + out)
    print(running.wait(), flush=True)
)",
                          hash_command({"/dev/null", "fifo"}));
  INFO(got.err);
  const std::string lines = of_empty + "  /dev/null\n" + of_hello + "  fifo\n";
  CHECK(got.out == lines + "|0\n|" + lines + "0\n");
}

TEST_CASE("hash command: URLs are fetched under the service's policy") {
  const test::temporary_folder files;
  test::origin origin({test::script().serve([](const std::string& request) {
    return request.starts_with("GET /missing ") ? test::status(404) : test::ok("hello");
  })});
  const auto url = origin.url("/a"), missing = origin.url("/missing");

  // Loopback is nobody's business unless it is allowed.
  const auto refused = run_in(files.path(), hash_command({url, "/dev/null"}));
  CHECK(refused.status == 1);
  CHECK(refused.out == of_empty + "  /dev/null\n");
  CHECK(refused.err.find("not allowed") != std::string::npos);
  CHECK(origin.requests().empty());

  const auto got = run_in(files.path(), with_loopback({"/dev/null", url, missing, url}));
  CHECK(got.status == 1);
  CHECK(got.out ==
        of_empty + "  /dev/null\n" + of_hello + "  " + url + "\n" + of_hello + "  " + url + "\n");
  CHECK(got.err.starts_with("tailrace: '" + missing + "': "));
  CHECK(got.err.find("404") != std::string::npos);

  // In a list too; what the origin does not have is missing.
  const auto list = of_hello + "  " + url + "\n" + of_empty + "  " + missing + "\n";
  const auto checked = run_in(files.path(), with_loopback({"-c", "--ignore-missing"}), list);
  CHECK(checked.status == 0);
  CHECK(checked.out == url + ": OK\n");
  CHECK(run_in(files.path(), with_loopback({"-c"}), list).status == 1);
}

TEST_CASE("hash command: an origin that hangs does not outlive the first error") {
  const test::temporary_folder files;
  test::origin origin({test::script().request().stall()});
  const auto got =
      run_in(files.path(), with_loopback({"--fail-fast", origin.url("/a"), "missing"}));
  CHECK(got.status == 1);
  CHECK(got.out.empty());
  // Called off, it is no error of its own: it was not waited for until it took too long.
  CHECK(got.err ==
        "tailrace: missing: No such file or directory\n"
        "tailrace: ended at the first error\n");
}

}  // namespace tailrace
