// Many digests at a time, delivered in the order they were asked for. What runs ahead of a slow
// one is bounded.
#pragma once
#include "cli/digester.hpp"
#include "compute/hash/checksum_line.hpp"
#include "core/reorder_buffer.hpp"
#include "exec/task_group.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tailrace::cli {

struct digest_task {
  digest_task(std::string n, const hash::algorithm_list& a, std::optional<hash::listed> w)
      : name(std::move(n)), algorithms(a), wanted(std::move(w)) {}

  std::string name;
  hash::algorithm_list algorithms;
  std::optional<hash::listed> wanted;  // of checking
};

struct digest_outcome {
  digest_outcome(digest_task t, result<hash::digest_list> g)
      : task(std::move(t)), got(std::move(g)) {}

  digest_task task;
  result<hash::digest_list> got;

  // It was not digested, since something else went wrong.
  bool called_off() const noexcept {
    return got.has_error() &&
           (got.error().code == errc::client_gone || got.error().code == errc::cancelled);
  }
};

class ordered_digests {
 public:
  struct callbacks {
    // In order, one for each add(), those called off included.
    std::function<void(const digest_outcome&)> deliver;
    // In the order they come: whether it is an error, which ends a group that fails fast.
    std::function<bool(const digest_outcome&)> failed;
  };

  // Outlives the groups.
  ordered_digests(digester& by, io::thread& on, callbacks c) noexcept
      : digester_(by), callbacks_(std::move(c)), delivered_(on) {}

  // Waits for a place and starts; an error when the group has been called off. Standard input is
  // read by one at a time. `stop` is of the group's cancellation.
  io::awaitable<result<void>> add(exec::task_group& group, std::shared_ptr<const stop_event> stop,
                                  digest_task task);

 private:
  static constexpr std::size_t ahead_max = 4096;

  bool must_wait(const digest_task& task) const noexcept;
  io::awaitable<result<void>> digest(digest_task task, std::size_t number,
                                     std::shared_ptr<const stop_event> stop,
                                     io::cancellation& called_off);
  bool put(std::size_t number, digest_task task, result<hash::digest_list> got);

  digester& digester_;
  const callbacks callbacks_;
  reorder_buffer<digest_outcome> outcomes_;
  io::bell delivered_;
  bool standard_input_used_ = false;
};

}  // namespace tailrace::cli
