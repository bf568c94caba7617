#include "fetch/beneath.hpp"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/catch.hpp"
#include "tests/support/fetching.hpp"

using namespace tailrace;
using test::check_failed;
using test::fetching;
namespace fs = std::filesystem;

namespace {

// root/ with files in it, beside a secret that is not.
class folder {
 public:
  folder() : path_(fs::temp_directory_path() / ("tailrace-local-" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_ / "root" / "sub");
    write("secret", "secret");
    write("root/a.JPG", "picture");
    write("root/sub/b c.txt", "text");
    fs::create_symlink("sub/b c.txt", path_ / "root" / "inside");
    fs::create_symlink("../secret", path_ / "root" / "outside");
    fs::create_symlink(path_ / "secret", path_ / "root" / "absolute");
    fs::create_symlink("..", path_ / "root" / "up");
    fs::create_symlink("loop", path_ / "root" / "loop");
    fs::create_symlink("/proc/self/root", path_ / "root" / "magic");
    fs::create_symlink("/dev/zero", path_ / "root" / "zero");
    ::mkfifo((path_ / "root" / "fifo").c_str(), 0600);
  }
  ~folder() { fs::remove_all(path_); }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }
  fs::path root() const { return path_ / "root"; }

 private:
  fs::path path_;
};

settings with_root(const fs::path& root) {
  auto s = fetching::short_limits();
  s.local_root = root;
  return s;
}

}  // namespace

TEST_CASE("local files are read beneath the root") {
  const folder dir;
  const std::string large(3'000'000, 'x');
  dir.write("root/large.bin", large);
  dir.write("root/empty", "");
  fetching f(with_root(dir.root()));
  const auto picture = f.get("local:///a.JPG");
  CHECK(!picture.failed);
  CHECK(picture.body == "picture");
  CHECK(picture.content_type == "image/jpeg");
  CHECK(picture.size == 7u);
  CHECK(f.get("local:///sub/b%20c.txt").body == "text");
  CHECK(f.get("local:////sub/.//b%20c.txt").body == "text");
  CHECK(f.get("local:///inside").body == "text");  // a link that stays inside
  CHECK(f.get("local:///large.bin").body == large);
  const auto empty = f.get("local:///empty");
  CHECK(!empty.failed);
  CHECK(empty.size == 0u);
  CHECK(f.counts().count(fetch::outcome::ok) == 6);
}

TEST_CASE("nothing leads out of the root, and nothing but files is read") {
  const folder dir;
  fetching f(with_root(dir.root()));
  for (const char* path :
       {"/../secret", "/sub/../../secret", "/%2e%2e/secret", "/%2E./secret", "/sub/../a.JPG",
        "/outside", "/absolute", "/up/secret", "/magic/etc/passwd", "/zero", "/loop", "/fifo"}) {
    INFO(path);
    check_failed(f.get("local://" + std::string(path)), errc::source_refused);
  }
  for (const char* path : {"/absent", "/sub", "/", "/a.JPG/x", "/sub/absent"})
    check_failed(f.get("local://" + std::string(path)), errc::source_not_found);
  for (const char* path : {"/a%00.JPG", "/..%2fsecret"})
    check_failed(f.get("local://" + std::string(path)), errc::bad_url);
  CHECK(f.counts().count(fetch::outcome::ok) == 0);
}

TEST_CASE("local files have the limits of every source") {
  const folder dir;
  fetching f(with_root(dir.root()));
  check_failed(f.get("local:///a.JPG", 6), errc::body_too_large);
  CHECK(!f.get("local:///a.JPG", 7).failed);
}

TEST_CASE("without a root local sources are refused; a root that is none stops the start") {
  check_failed(fetching().get("local:///etc/passwd"), errc::source_refused);
  CHECK_THROWS(fetching(with_root("/nonexistent")));
}

TEST_CASE("a file that shrinks while it is read is incomplete, one that grows is not longer") {
  const folder dir;
  dir.write("root/shrinks", std::string(100'000, 'x'));
  dir.write("root/grows", "12345");
  fetching f(with_root(dir.root()));
  auto opened = f.loop().run(f.fetcher().open(fetch::request("local:///shrinks")));
  REQUIRE(opened.has_value());
  fs::resize_file(dir.root() / "shrinks", 10);
  std::vector<std::byte> room(1000);
  CHECK(*f.loop().run((*opened)->read_some(room)) == 10);
  const auto end = f.loop().run((*opened)->read_some(room));
  REQUIRE(end.has_error());
  CHECK(end.error().code == errc::origin_incomplete);

  opened = f.loop().run(f.fetcher().open(fetch::request("local:///grows")));
  REQUIRE(opened.has_value());
  fs::resize_file(dir.root() / "grows", 1000);
  CHECK(*f.loop().run((*opened)->read_some(room)) == 5);
  CHECK(*f.loop().run((*opened)->read_some(room)) == 0);
}

TEST_CASE("the walk for old kernels follows no link at all") {
  const folder dir;
  const fetch::file_descriptor root(::open(dir.root().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(root);
  CHECK(fetch::walk_beneath(root.get(), "a.JPG"));
  CHECK(fetch::walk_beneath(root.get(), "sub/b c.txt"));
  for (const char* path : {"inside", "outside", "absolute", "up/secret", "magic/etc/passwd", "zero",
                           "absent", "sub/absent", "a.JPG/x"}) {
    INFO(path);
    CHECK_FALSE(fetch::walk_beneath(root.get(), path));
  }
}
