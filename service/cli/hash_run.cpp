#include "cli/hash_run.hpp"

#include "cli/quoted_name.hpp"
#include "cli/total_size.hpp"
#include "exec/offload.hpp"

namespace tailrace::cli {
namespace {

// As people read it: the origin's words, or what became of it.
std::string words_of(const error& why) {
  return why.detail.empty() ? std::string(name_of(why.code)) : why.detail;
}

digest_task task_of(hash::listed wanted) {
  std::string name = wanted.name;
  const hash::algorithm_list algorithm(1, wanted.which);
  return digest_task(std::move(name), algorithm, std::move(wanted));
}

}  // namespace

hash_run::hash_run(const hash_options& o, const settings& s, io::thread& on, exec::lanes& lanes)
    : options_(o),
      thread_(on),
      lanes_(lanes),
      terminal_(on, o.progress),
      digester_(s, on, lanes, terminal_.bytes_read),
      digests_(digester_, on,
               {[this](const digest_outcome& one) { deliver(one); },
                [this](const digest_outcome& one) { return failed(one); }}) {}

hash_run::check::check(const std::string& list, const hash_options& o)
    : name(list),
      lines(o.algorithms.front(), !o.algorithm_given),
      report(o, quoted_name(list == "-" ? "standard input" : list)) {}

io::awaitable<int> hash_run::run() {
  if (options_.check) {
    for (const std::string& name : options_.names) {
      if (over_) break;
      auto checking = check_list(name);
      co_await std::move(checking);
    }
  } else {
    auto hashing = hash_names();
    co_await std::move(hashing);
  }
  digester_.close();
  co_return good_ ? 0 : 1;
}

exec::group_options hash_run::group_options() const {
  exec::group_options group;
  group.concurrent_max = options_.max_concurrent;
  group.mode = options_.fail_fast ? exec::on_error::fail_fast : exec::on_error::collect;
  return group;
}

io::awaitable<void> hash_run::hash_names() {
  // How much it will be is only worth knowing where it is shown, and must hold up nothing.
  const cancel_flag enough = cancel_flag::make();
  auto measure = [this, &enough] { terminal_.bytes_total = total_size(options_.names, enough); };
  std::optional<exec::background<void>> measuring;
  if (terminal_.shows_progress())
    measuring.emplace(exec::start(lanes_.long_lane(), exec::job_options(), measure));
  terminal_.state.items_total = options_.names.size();
  auto body = [this](exec::task_group& group) { return feed_names(group); };
  auto hashing = exec::with_task_group(thread_, group_options(), body);
  const auto ended = co_await std::move(hashing);
  if (ended.has_error()) end_early();
  enough.cancel();
}

io::awaitable<result<void>> hash_run::feed_names(exec::task_group& group) {
  const auto stop = std::make_shared<const stop_event>(group.called_off());
  for (const std::string& name : options_.names) {
    if (over_) co_return error(errc::cancelled);
    digest_task task(name, options_.algorithms, std::nullopt);
    auto adding = digests_.add(group, stop, std::move(task));
    const auto added = co_await std::move(adding);
    if (added.has_error()) co_return added;
  }
  co_return result<void>();
}

io::awaitable<void> hash_run::check_list(const std::string& name) {
  check list(name, options_);
  checking_ = &list;
  auto body = [this, &list](exec::task_group& group) { return feed_lines(group, list); };
  auto checking = exec::with_task_group(thread_, group_options(), body);
  const auto ended = co_await std::move(checking);
  checking_ = nullptr;
  if (ended.has_error() && ended.error().code != errc::cancelled) {
    // The list itself could not be read.
    terminal_.complain(list.report.list() + ": " + words_of(ended.error()));
    good_ = false;
    if (options_.fail_fast) end_early();
    co_return;
  }
  for (const std::string& warning : list.report.warnings()) terminal_.complain(warning);
  if (!list.report.good()) good_ = false;
  if (ended.has_error() || (options_.fail_fast && !list.report.good())) end_early();
}

io::awaitable<result<void>> hash_run::feed_lines(exec::task_group& group, check& list) {
  const auto stop = std::make_shared<const stop_event>(group.called_off());
  line_reader lines(lanes_.long_lane(), list.name, *stop);
  for (;;) {
    auto reading = lines.next();
    const auto line = co_await std::move(reading);
    if (line.has_error()) co_return line.error();
    if (!*line) co_return result<void>();
    auto wanted = understand(list, **line);
    if (!wanted) continue;
    if (over_) co_return error(errc::cancelled);
    digest_task task = task_of(std::move(*wanted));
    auto adding = digests_.add(group, stop, std::move(task));
    const auto added = co_await std::move(adding);
    if (added.has_error()) co_return added;
  }
}

// None for a comment, or what is no line of a list, which is counted.
std::optional<hash::listed> hash_run::understand(check& list, const line_reader::line& line) {
  if (line.text.starts_with('#')) return std::nullopt;
  auto wanted = list.lines.read(line.text);
  // A list on standard input cannot name it.
  if (wanted && list.name == "-" && wanted->name == "-") wanted.reset();
  if (wanted) return wanted;
  const std::string message = list.report.misformatted(line.number);
  if (!message.empty()) terminal_.complain(message);
  return std::nullopt;
}

bool hash_run::failed(const digest_outcome& one) const {
  if (!one.task.wanted) return one.got.has_error();
  const verdict v = judge(*one.task.wanted, one.got, options_.ignore_missing);
  return v == verdict::wrong || v == verdict::unread;
}

void hash_run::deliver(const digest_outcome& one) {
  if (one.called_off()) good_ = false;  // it has no line
  if (over_ || one.called_off()) return;
  ++terminal_.state.items;
  if (one.task.wanted) {
    const verdict v = judge(*one.task.wanted, one.got, options_.ignore_missing);
    if (v == verdict::unread) complain(one);
    print(checking_->report.add(one.task.name, v));
  } else if (one.got.has_error()) {
    complain(one);
  } else {
    deliver_digests(one);
  }
}

void hash_run::deliver_digests(const digest_outcome& one) {
  std::string lines;
  for (const hash::digest& d : *one.got)
    lines += hash::checksum_line(d, one.task.name, options_.style);
  print(lines);
}

void hash_run::complain(const digest_outcome& one) {
  good_ = false;
  terminal_.complain(quoted_name(one.task.name) + ": " + words_of(one.got.error()));
}

void hash_run::print(const std::string& lines) {
  if (lines.empty() || terminal_.print(lines)) return;
  good_ = false;
  over_ = true;
}

// After the first error, or when the output takes no more, which has been said then.
void hash_run::end_early() {
  good_ = false;
  if (!std::exchange(over_, true)) terminal_.complain("ended at the first error");
}

}  // namespace tailrace::cli
