#include "fetch/local.hpp"

#include "fetch/local_path.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>

namespace tailrace::fetch {
namespace {

exec::job_options options_of(deadline until, const io::cancellation* called_off) {
  return exec::job_options(until, called_off != nullptr ? called_off->flag() : cancel_flag());
}

class local_source final : public source {
 public:
  local_source(opened_file f, std::string_view type, const request& r, exec::executor& files,
               stats& counts)
      : file_(std::move(f)),
        options_(options_of(r.until, r.called_off)),
        files_(files),
        counts_(counts) {
    head_.content_type = type;
    head_.etag = file_.validator;
    head_.not_modified = r.if_none_match.find(head_.etag) != std::string::npos;
    if (head_.not_modified) file_.size = 0;
    head_.size = file_.size;
  }
  ~local_source() override { end(outcome::abandoned); }

  void serve(deadline until, io::cancellation* called_off) noexcept override {
    options_ = options_of(until, called_off);
  }

  // A file that shrank is origin_incomplete; one that grew is read to the announced size.
  io::awaitable<result<std::size_t>> read_some(std::span<std::byte> room) override {
    room = room.first(
        static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), file_.size - position_)));
    if (room.empty()) {
      end(outcome::ok);
      co_return std::size_t{0};
    }
    if (const auto ended = interrupted(); ended.has_error()) {
      end(outcome_of(ended.error().code));
      co_return ended.error();
    }
    auto reading = read(room);
    const auto n = co_await std::move(reading);
    if (n.has_error()) {
      end(outcome_of(n.error().code));
      co_return n.error();
    }
    if (*n == 0) {
      end(outcome::incomplete);
      co_return error(errc::origin_incomplete, "the local file shrank while it was read");
    }
    position_ += *n;
    co_return *n;
  }

 private:
  // A file that is in the page cache never waits, so that nothing else would notice.
  result<void> interrupted() const {
    if (options_.cancel.cancelled()) return error(errc::client_gone);
    if (options_.until.passed(files_.time().now()))
      return error(errc::origin_timeout, "the local file was not read in time");
    return {};
  }

  // Copies what the page cache holds; waits on the executor for the disk.
  io::awaitable<result<std::size_t>> read(std::span<std::byte> room) {
    const int fd = file_.descriptor.get();
    const auto offset = static_cast<off_t>(position_);
    iovec into{room.data(), room.size()};
    const ssize_t cached = ::preadv2(fd, &into, 1, offset, RWF_NOWAIT);
    if (cached > 0) co_return static_cast<std::size_t>(cached);
    auto job = [fd, room, offset]() -> result<std::size_t> {
      const ssize_t n = ::pread(fd, room.data(), room.size(), offset);
      if (n < 0) return error(errc::origin_incomplete, std::system_category().message(errno));
      return static_cast<std::size_t>(n);
    };
    exec::job_options options = options_;
    auto away = exec::offload(files_, std::move(options), job);
    auto n = co_await std::move(away);
    co_return n;
  }

  void end(outcome o) noexcept {
    if (!std::exchange(ended_, true)) counts_.record(o);
  }

  opened_file file_;
  exec::job_options options_;
  exec::executor& files_;
  stats& counts_;
  std::uint64_t position_ = 0;
  bool ended_ = false;
};

}  // namespace

local_files::local_files(const std::string& root, exec::executor& files, stats& counts)
    : files_(files), counts_(counts) {
  if (root.empty()) return;
  root_ = file_descriptor(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root_) throw std::system_error(errno, std::system_category(), "local-root \"" + root + "\"");
}

io::awaitable<result<std::unique_ptr<source>>> local_files::open(std::string target,
                                                                 const request& r) {
  if (!root_) co_return error(errc::source_refused, "local sources are off");
  const auto path = local_path(target);
  if (path.has_error()) co_return path.error();
  auto job = [root = root_.get(), &path] { return open_beneath(root, *path); };
  exec::job_options options = options_of(r.until, r.called_off);
  auto away = exec::offload(files_, std::move(options), job);
  auto file = co_await std::move(away);
  if (file.has_error()) co_return file.error();
  if (r.bytes_max > 0 && file->size > r.bytes_max)
    co_return error(errc::body_too_large, "the source is larger than the limit");
  auto body =
      std::make_unique<local_source>(std::move(*file), content_type_of(*path), r, files_, counts_);
  co_return std::unique_ptr<source>(std::move(body));
}

}  // namespace tailrace::fetch
