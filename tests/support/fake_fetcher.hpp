// A fetcher that answers when the test says so, and with what it says. On the thread of the test.
#pragma once
#include "fetch/fetcher.hpp"
#include "io/bell.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tailrace::test {

class fake_fetcher final : public fetch::fetcher {
 public:
  // One open() and the source that came of it.
  struct visit {
    visit(io::thread& on, fetch::request r) : asked(std::move(r)), bell(on) {}

    // The test's side.
    void answer(fetch::source_head h = {}) {
      head.emplace(std::move(h));
      bell.ring();
    }
    void refuse(error e) {
      head.emplace(std::move(e));
      bell.ring();
    }
    void send(std::string bytes) {
      pieces.push_back(std::move(bytes));
      bell.ring();
    }
    void finish() {
      ended = true;
      bell.ring();
    }
    void fail(error e) {
      why = std::move(e);
      bell.ring();
    }

    const fetch::request asked;
    std::optional<result<fetch::source_head>> head;
    std::deque<std::string> pieces;
    bool ended = false;
    std::optional<error> why;
    io::bell bell;

    // What became of it.
    bool called_off = false;
    bool closed = false;
    std::size_t largest_room = 0;
  };

  explicit fake_fetcher(io::thread& on) noexcept : thread_(on) {}

  io::awaitable<result<std::unique_ptr<fetch::source>>> open(const fetch::request& r) override {
    const auto v = std::make_shared<visit>(thread_, r);
    visits.push_back(v);
    while (!v->head) {
      auto waiting = v->bell.wait(r.until, r.called_off);
      const auto heard = co_await std::move(waiting);
      if (heard == io::bell::heard::rung) continue;
      v->called_off = true;
      co_return error(errc::client_gone);
    }
    if (v->head->has_error()) co_return v->head->error();
    auto opened = std::make_unique<body>(v);
    co_return std::unique_ptr<fetch::source>(std::move(opened));
  }

  std::vector<std::shared_ptr<visit>> visits;

 private:
  class body final : public fetch::source {
   public:
    explicit body(std::shared_ptr<visit> v)
        : visit_(std::move(v)), until_(visit_->asked.until), called_off_(visit_->asked.called_off) {
      head_ = **visit_->head;
      registration_.join(called_off_);
    }
    ~body() override { visit_->closed = true; }

    void serve(deadline until, io::cancellation* called_off) noexcept override {
      until_ = until;
      called_off_ = called_off;
      registration_.join(called_off);
    }

    io::awaitable<result<std::size_t>> read_some(std::span<std::byte> room) override {
      visit& v = *visit_;
      v.largest_room = std::max(v.largest_room, room.size());
      while (v.pieces.empty()) {
        if (v.why) co_return *v.why;
        if (v.ended) co_return std::size_t{0};
        auto waiting = v.bell.wait(until_, called_off_);
        const auto heard = co_await std::move(waiting);
        if (heard == io::bell::heard::late) co_return error(errc::origin_timeout);
        v.called_off = heard == io::bell::heard::called_off;
        if (v.called_off) co_return error(errc::client_gone);
      }
      std::string& first = v.pieces.front();
      const std::size_t n = std::min(room.size(), first.size());
      std::memcpy(room.data(), first.data(), n);
      first.erase(0, n);
      if (first.empty()) v.pieces.pop_front();
      co_return n;
    }

   private:
    // As a connection is registered all the time: whoever it serves must outlive it, or tell it.
    struct registration final : io::cancellation::waiter {
      void wake() noexcept override {}
    };

    std::shared_ptr<visit> visit_;
    deadline until_;
    io::cancellation* called_off_;
    registration registration_;
  };

  io::thread& thread_;
};

}  // namespace tailrace::test
