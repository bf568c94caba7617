// One batch under way: items are taken as they arrive, no more of them at a time than asked for,
// and results sent as they come. Memory is bounded whatever the number of items: reading stops
// while too many results wait, in line or for the client to take them.
#pragma once
#include "api/batch_item.hpp"
#include "api/batch_results.hpp"
#include "api/batch_work.hpp"
#include "api/collect.hpp"
#include "api/context.hpp"
#include "exec/task_group.hpp"
#include "io/bell.hpp"
#include "io/exchange.hpp"

namespace tailrace::api {

struct batch_options {
  std::size_t concurrent_max = 8;
  exec::on_error on_error = exec::on_error::collect;
  batch_order order = batch_order::input;
  batch_form form = batch_form::json;
  hash::algorithm_list algorithms;  // of items that name none; at least one
  deadline until;                   // of the whole batch
  bool progress = false;            // a line of it every second; only with lines
};

class batch {
 public:
  batch(context& c, io::exchange& e, batch_options options);
  batch(const batch&) = delete;
  batch& operator=(const batch&) = delete;

  // Reads the body, sends the answer. An error before the answer has begun is one of the whole
  // request; after that it says why the answer ends without its summary.
  io::awaitable<result<void>> run();

 private:
  io::awaitable<result<void>> read_document();
  io::awaitable<result<void>> feed_and_end();
  io::awaitable<result<void>> feed(exec::task_group& items);
  io::awaitable<result<void>> feed_document(exec::task_group& items);
  io::awaitable<result<void>> feed_lines(exec::task_group& items);
  error too_long(std::uint64_t line) const;
  io::awaitable<parsed_item> read(std::string_view text, std::uint64_t line);
  io::awaitable<void> take(exec::task_group& items, parsed_item one);
  io::awaitable<void> wait_for_room(exec::task_group& items);
  void ended(std::uint64_t index, const batch_item& item, result<digested> how) noexcept;
  void give_up(errc why) noexcept;
  io::awaitable<result<void>> send_results();
  void add_progress();

  context& context_;
  io::exchange& exchange_;
  const batch_options options_;
  batch_results results_;
  batch_work work_;
  item_reader reader_;
  collected document_;
  unsigned taken_without_pause_ = 0;
  bool complete_ = false;  // no more results come
  bool broken_ =
      false;  // they cannot be sent any more, or one was lost: there is no use in going on
  time_point progress_due_;
  io::bell results_ready_;
  io::bell room_;
};

}  // namespace tailrace::api
