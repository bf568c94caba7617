#include "cli/digester.hpp"

#include "cli/file_digest.hpp"
#include "exec/offload.hpp"

#include <exception>

namespace tailrace::cli {

io::awaitable<result<hash::digest_list>> digester::digest(const std::string& name,
                                                          hash::algorithm_list algorithms,
                                                          std::shared_ptr<const stop_event> stop,
                                                          io::cancellation& called_off) {
  result<hash::digest_list> got = error(errc::internal);
  try {
    auto digesting = digest_or_throw(name, algorithms, *stop, called_off);
    got = co_await std::move(digesting);
  } catch (const std::exception& e) {
    got = error(errc::internal, e.what());
  }
  co_return got;
}

io::awaitable<result<hash::digest_list>> digester::digest_or_throw(
    const std::string& name, const hash::algorithm_list& algorithms, const stop_event& stop,
    io::cancellation& called_off) {
  if (is_url(name)) {
    if (!urls_) urls_.emplace(settings_, thread_, lanes_);
    auto digesting = urls_->digest(name, algorithms, called_off, read_);
    auto got = co_await std::move(digesting);
    co_return got;
  }
  auto job = [&](const cancel_flag& cancel) {
    return digest_file(name, algorithms, cancel, stop, read_);
  };
  exec::job_options options(deadline(), called_off.flag());
  auto away = exec::offload(lanes_.short_lane(), std::move(options), job);
  auto got = co_await std::move(away);
  co_return got;
}

}  // namespace tailrace::cli
