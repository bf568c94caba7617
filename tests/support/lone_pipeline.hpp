// The request pipeline without connections: exchanges that have arrived, for what is done with them
// besides answering.
#pragma once
#include "api/context.hpp"
#include "api/pipeline.hpp"

#include <functional>
#include <optional>
#include <string_view>
#include <utility>

namespace tailrace::test {

class lone_pipeline {
 public:
  explicit lone_pipeline(const clock& time, log_options how)
      : lanes_(time, exec::lanes_options()),
        log_(std::move(how)),
        shared_(settings_, lanes_, log_, image::limits()),
        thread_(0, time),
        context_(shared_, thread_, fetcher_, cells),
        pipeline(context_) {
    lanes_.close_and_join();
  }

  // A request without a body, whose answer nobody reads.
  struct arrived {
    struct empty final : io::byte_source {
      io::awaitable<result<std::size_t>> read_some(std::span<std::byte>) override {
        co_return std::size_t{0};
      }
      std::optional<std::uint64_t> size() const noexcept override { return 0; }
    };
    struct unread final : io::answer_stream {
      bool begun() const noexcept override { return false; }
      io::awaitable<result<void>> write(std::string_view) override { co_return result<void>(); }
      void abandon() noexcept override {}
    };
    empty body;
    unread stream;
    io::exchange exchange{body, stream};
  };

 private:
  struct no_fetcher final : fetch::fetcher {
    io::awaitable<result<std::unique_ptr<fetch::source>>> open(const fetch::request&) override {
      co_return error(errc::origin_unreachable, "there are no origins here");
    }
  };

  const settings settings_;
  exec::lanes lanes_;
  logger log_;
  api::shared shared_;
  io::thread thread_;
  no_fetcher fetcher_;

 public:
  metrics::http_cells cells{api::routes.size()};

 private:
  api::context context_;

 public:
  api::pipeline pipeline;
};

}  // namespace tailrace::test
