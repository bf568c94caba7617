#include "api/progress.hpp"

#include "api/stream.hpp"
#include "exec/task_group.hpp"
#include "http/json.hpp"
#include "http/problem.hpp"
#include "io/bell.hpp"

#include <string>
#include <utility>

namespace tailrace::api {
namespace {

constexpr auto interval = std::chrono::seconds(1);

std::string line_of(const progress_figures& figures) {
  std::string line;
  http::json_object json(line);
  json.key("progress");
  http::json_object inner(line);
  inner.add("bytes", figures.bytes.load(std::memory_order_relaxed));
  if (figures.total) inner.add("total", *figures.total);
  inner.close();
  json.close();
  return line.append("\n");
}

class reporter {
 public:
  reporter(context& c, io::exchange& e, const progress_figures& figures)
      : context_(c), exchange_(e), figures_(figures), done_(c.thread) {}

  io::awaitable<result<void>> run(io::awaitable<result<void>> work) {
    exec::group_options options;
    options.mode = exec::on_error::collect;
    auto both = exec::with_task_group(
        context_.thread, options,
        [this, &work](exec::task_group& group) -> io::awaitable<result<void>> {
          auto working = run_work(std::move(work));
          auto spawning = group.spawn(std::move(working));
          (void)co_await std::move(spawning);
          auto reporting = report();
          co_await std::move(reporting);
          co_return result<void>();
        });
    (void)co_await std::move(both);
    auto ending = end();
    co_return co_await std::move(ending);
  }

 private:
  io::awaitable<result<void>> run_work(io::awaitable<result<void>> work) {
    try {
      outcome_ = co_await std::move(work);
    } catch (const std::exception& bug) {
      outcome_ = error(errc::internal, bug.what());
    }
    ended_ = true;
    done_.ring();
    co_return result<void>();
  }

  io::awaitable<void> report() {
    while (!ended_) {
      const auto next = deadline::after(context_.thread.time.now(), interval);
      auto waiting = done_.wait(next);
      co_await std::move(waiting);
      if (ended_) co_return;
      auto sending = send(line_of(figures_));
      co_await std::move(sending);
    }
  }

  // A client that does not take the lines is gone: the work ends by being called off.
  io::awaitable<void> send(std::string line) {
    if (!exchange_.stream.begun()) announce_stream(exchange_, "application/x-ndjson");
    auto sending = exchange_.stream.write(line);
    const auto sent = co_await std::move(sending);
    if (sent.has_error()) exchange_.called_off.call_off(errc::client_gone);
  }

  // Without lines before it, the answer is one like any other.
  io::awaitable<result<void>> end() {
    exchange_.answer.content_type = "application/x-ndjson";
    if (!exchange_.stream.begun()) co_return outcome_;
    std::string last = std::exchange(exchange_.answer.text, {});
    if (outcome_.has_error()) {
      last = "{\"error\":";
      http::append_problem(last, outcome_.error(), exchange_.request_id);
      last.append("}\n");
    }
    auto sending = send(std::move(last));
    co_await std::move(sending);
    co_return outcome_;
  }

  context& context_;
  io::exchange& exchange_;
  const progress_figures& figures_;
  io::bell done_;
  result<void> outcome_;
  bool ended_ = false;
};

}  // namespace

io::awaitable<result<void>> with_progress(context& c, io::exchange& e,
                                          const progress_figures& figures,
                                          io::awaitable<result<void>> work) {
  reporter r(c, e, figures);
  auto running = r.run(std::move(work));
  co_return co_await std::move(running);
}

}  // namespace tailrace::api
