#include "core/log.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/sink.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <utility>

namespace tailrace {
namespace {

bool write_stdout(std::string_view line) {
  while (!line.empty()) {
    const auto n = ::write(STDOUT_FILENO, line.data(), line.size());
    if (n >= 0) {
      line.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      // Somebody made our output non-blocking; this thread may wait, but not for ever.
      pollfd out{STDOUT_FILENO, POLLOUT, 0};
      if (::poll(&out, 1, 1000) <= 0) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

// Lines come ready made; no formatter, no second buffer.
class line_sink final : public spdlog::sinks::sink {
 public:
  explicit line_sink(std::function<bool(std::string_view)> write) : write_(std::move(write)) {}

  void log(const spdlog::details::log_msg& message) override {
    if (!write_({message.payload.data(), message.payload.size()}))
      failed_.fetch_add(1, std::memory_order_relaxed);
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

  std::uint64_t failed() const noexcept { return failed_.load(std::memory_order_relaxed); }

 private:
  std::function<bool(std::string_view)> write_;
  std::atomic<std::uint64_t> failed_{0};
};

// Signals are for the thread that waits for them.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  pthread_setname_np(pthread_self(), "log");
}

// FNV-1a with the finalizer of MurmurHash3, which spreads short ids over all bits.
std::uint64_t spread(std::string_view text) noexcept {
  std::uint64_t h = 14695981039346656037ULL;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdULL;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return h ^ (h >> 33);
}

}  // namespace

access_choice::access_choice(std::string_view setting, duration slow) : slow_(slow) {
  if (setting == "all") kind_ = kind::all;
  if (setting == "errors") kind_ = kind::errors;
  if (setting == "slow") kind_ = kind::slow;
  const auto [end, failure] =
      std::from_chars(setting.data(), setting.data() + setting.size(), ratio_);
  if (failure == std::errc{} && ratio_ > 0) kind_ = kind::ratio;
}

bool access_choice::operator()(unsigned status, std::string_view request_id,
                               duration took) const noexcept {
  switch (kind_) {
    case kind::none:
      return false;
    case kind::all:
      return true;
    case kind::errors:
      return status >= 400;
    case kind::slow:
      return status >= 400 || took > slow_;
    case kind::ratio:
      break;
  }
  // The upper 53 bits as a fraction in [0, 1).
  return static_cast<double>(spread(request_id) >> 11) * 0x1p-53 < ratio_;
}

log_options::log_options(const settings& from)
    : level(log_level_of(from.log_level)),
      format(from.log_format == "json" ? log_format::json : log_format::text),
      access(from.access_log),
      slow(std::chrono::milliseconds(from.slo_p99_ms)) {}

// The order of members is the order of ending: the logger goes, then the pool writes what is
// queued and joins its thread, then the sink goes.
class logger::backend {
 public:
  backend(std::size_t lines, std::function<bool(std::string_view)> write)
      : sink_(std::make_shared<line_sink>(std::move(write))),
        pool_(std::make_shared<spdlog::details::thread_pool>(lines, 1, block_signals)),
        logger_(std::make_shared<spdlog::async_logger>(
            "tailrace", sink_, pool_, spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_level(spdlog::level::trace);
  }

  void post(std::string line) {
    line += '\n';
    logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  }

  std::uint64_t dropped() const { return pool_->overrun_counter() + sink_->failed(); }

 private:
  std::shared_ptr<line_sink> sink_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

logger::logger(log_options options)
    : level_(options.level),
      format_(options.format),
      access_(options.access, options.slow),
      now_(std::move(options.now)) {
  auto write = options.write ? std::move(options.write) : write_stdout;
  backend_ = std::make_unique<backend>(options.queue_lines_max, std::move(write));
}

logger::~logger() = default;

void logger::put(log_level level, std::string_view message, log_fields f) {
  if (wants(level)) backend_->post(log_line(format_, now_(), name_of(level), message, f));
}

void logger::access(const access_line& line) {
  const double milliseconds = std::chrono::duration<double, std::milli>(line.spent).count();
  backend_->post(log_line(format_, now_(), "access", "request",
                          {{"request_id", line.request_id},
                           {"client", line.client},
                           {"method", line.method},
                           {"target", line.target},
                           {"route", line.route},
                           {"status", line.status},
                           {"code", line.code},
                           {"received_bytes", line.received_bytes},
                           {"sent_bytes", line.sent_bytes},
                           {"duration_ms", milliseconds},
                           {"timing", line.timing},
                           {"trace_id", line.trace_id},
                           {"span_id", line.span_id}}));
}

std::uint64_t logger::dropped() const {
  return backend_->dropped();
}

}  // namespace tailrace
