// The work on the items of one batch, as children of its group: sources are fetched, data that is
// here is digested many items at a time. Each item that was started ends once, by a call.
#pragma once
#include "api/batch_item.hpp"
#include "api/context.hpp"
#include "api/digest_source.hpp"
#include "exec/task_group.hpp"
#include "io/exchange.hpp"

#include <functional>
#include <vector>

namespace tailrace::api {

class batch_work {
 public:
  using ended_call = std::function<void(std::uint64_t index, const batch_item&, result<digested>)>;

  batch_work(context& c, const io::exchange& e, deadline until, ended_call ended)
      : context_(c), exchange_(e), until_(until), ended_(std::move(ended)) {}
  batch_work(const batch_work&) = delete;
  batch_work& operator=(const batch_work&) = delete;

  // A fetch waits for a place in the group. An item in memory may be kept until there are more of
  // them, or until flush(), which comes after the last and whenever others wait for results.
  io::awaitable<void> start(exec::task_group& items, std::uint64_t index, batch_item item);
  io::awaitable<void> flush(exec::task_group& items);

 private:
  struct resident {
    std::uint64_t index;
    batch_item item;
  };
  // Items whose bytes are here, digested together.
  struct wave {
    std::vector<resident> items;
    std::size_t bytes = 0;
    admission::budget::permit memory;
  };

  void keep(std::uint64_t index, batch_item item);
  void digest_here(exec::task_group& items, const wave& full);
  io::awaitable<digested> digest_by_slices(const batch_item& item);
  io::awaitable<result<void>> run_wave(io::cancellation& called_off, wave w);
  io::awaitable<result<void>> run_fetch(io::cancellation& called_off, std::uint64_t index,
                                        batch_item item);
  io::awaitable<result<digested>> fetch(io::cancellation& called_off, const batch_item& item,
                                        stage_times& stages);
  io::awaitable<result<admission::budget::permit>> be_admitted(io::cancellation& called_off,
                                                               deadline until);

  context& context_;
  const io::exchange& exchange_;
  const deadline until_;  // of all of them
  const ended_call ended_;
  wave wave_;
};

}  // namespace tailrace::api
