// One run of `tailrace hash`, on its I/O thread: names or lists in, lines out.
#pragma once
#include "cli/check_report.hpp"
#include "cli/digester.hpp"
#include "cli/hash_options.hpp"
#include "cli/line_reader.hpp"
#include "cli/ordered_digests.hpp"
#include "cli/terminal.hpp"
#include "exec/task_group.hpp"

#include <memory>
#include <optional>
#include <string>

namespace tailrace::cli {

class hash_run {
 public:
  // All outlive it; `s` is resolved, with a thread of the short lane for each digest at a time.
  // Lists are read on the long lane.
  hash_run(const hash_options& o, const settings& s, io::thread& on, exec::lanes& lanes);

  // To the end; the exit status.
  io::awaitable<int> run();

 private:
  struct check {
    check(const std::string& list, const hash_options& o);

    const std::string& name;
    hash::checksum_reader lines;
    check_report report;
  };

  io::awaitable<void> hash_names();
  io::awaitable<result<void>> feed_names(exec::task_group& group);
  io::awaitable<void> check_list(const std::string& name);
  io::awaitable<result<void>> feed_lines(exec::task_group& group, check& list);
  std::optional<hash::listed> understand(check& list, const line_reader::line& line);

  exec::group_options group_options() const;
  bool failed(const digest_outcome& one) const;
  void deliver(const digest_outcome& one);
  void deliver_digests(const digest_outcome& one);
  void complain(const digest_outcome& one);
  void print(const std::string& lines);
  void end_early();

  const hash_options& options_;
  io::thread& thread_;
  exec::lanes& lanes_;
  terminal terminal_;
  digester digester_;
  ordered_digests digests_;
  check* checking_ = nullptr;  // the list under way
  bool good_ = true;
  bool over_ = false;  // no more is to be begun: the output failed, or an error ended all
};

}  // namespace tailrace::cli
