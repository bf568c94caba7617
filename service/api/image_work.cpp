#include "api/image_work.hpp"

#include "exec/offload.hpp"

namespace tailrace::api {
namespace {

// The job: header first, limits and memory before pixels.
class resize_job {
 public:
  // `pixels` is set to the time that went into pixels, once some did.
  resize_job(shared& process, const admission::compute_queue::place& place, const clock& time,
             const collected& source, const image_options& options, deadline until,
             duration& pixels)
      : process_(process),
        place_(place),
        time_(time),
        source_(source),
        options_(options),
        until_(until),
        pixels_(pixels) {}

  result<image_made> operator()(const cancel_flag& cancelled) const {
    if (place_.gives_up(time_.now()))
      return error(errc::queue_full, "the queue for image work stands");
    const std::span<const std::byte> bytes = source_.bytes();
    const auto info = image::probe(bytes);
    if (info.has_error()) return info.error();
    if (info->pixels() > process_.images.image_pixels_max)
      return error(errc::image_too_large,
                   std::to_string(info->width) + " x " + std::to_string(info->height) +
                       " pixels in " + std::to_string(info->pages) + " frames, at most " +
                       std::to_string(process_.images.image_pixels_max) + " (image-pixels-max)");
    const std::uint64_t peak = image::estimate_peak_bytes(*info, options_, process_.images);
    if (peak + source_.memory.amount() > process_.memory.capacity())
      return error(errc::image_too_large, "the image would need more memory than is allowed");
    auto memory = process_.memory.try_take(peak, admission::use::image);
    if (!memory) return error(errc::memory_exhausted, "the memory budget is used up");
    const image::stop_condition stop{cancelled, until_, time_};
    const time_point began = time_.now();
    auto image = image::resize(bytes, options_, process_.images, stop);
    pixels_ = time_.now() - began;
    if (image.has_error()) return image.error();
    memory->keep(image->content.size(), admission::use::result);
    return image_made{std::move(*image), std::move(*memory)};
  }

 private:
  shared& process_;
  const admission::compute_queue::place& place_;
  const clock& time_;
  const collected& source_;
  const image_options& options_;
  deadline until_;
  duration& pixels_;
};

admission::client_address client_of(const io::exchange& e) {
  if (!e.client) return {};
  return io::client_address_of(*e.client);
}

}  // namespace

result<void> ask_for_image_work(context& c, const io::exchange& e, deadline until,
                                std::optional<admission::compute_queue::pass>& pass) {
  if (pass) return {};
  auto asked = c.process.image_queue.ask(client_of(e), until, c.thread.time.now());
  if (asked.has_error()) return asked.error();
  pass.emplace(std::move(*asked));
  return {};
}

io::awaitable<result<image_made>> resize(context& c, io::exchange& e,
                                         admission::compute_queue::pass with,
                                         const collected& source, const image_options& options,
                                         deadline until) {
  const auto place = c.process.image_queue.enter(std::move(with), until, c.thread.time.now());
  if (place.has_error()) co_return place.error();
  duration ran{};
  duration pixels{};
  exec::job_options job(place->start_by(), e.called_off.flag(), nullptr, &ran);
  const time_point submitted = c.thread.time.now();
  resize_job work(c.process, *place, c.thread.time, source, options, until, pixels);
  auto made = co_await exec::offload(c.process.lanes.long_lane(), std::move(job), std::move(work));
  // The way back from the worker is waiting, too.
  e.stages.add(stage::queue, c.thread.time.now() - submitted - ran);
  e.stages.add(stage::decode, ran - pixels);
  if (made.has_error()) {
    e.stages.add(stage::resize, pixels);
    const errc code = made.error().code;
    const bool stopped = code == errc::deadline_exceeded || code == errc::client_gone;
    // What was no image, or had no memory, says nothing of how long images take.
    if (stopped && pixels > duration::zero()) place->stopped_after(ran);
    const bool waited_too_long =
        code == errc::deadline_exceeded && !until.passed(c.thread.time.now());
    if (code == errc::overloaded || waited_too_long)
      co_return error(errc::queue_full, "the queue for image work is full");
    co_return made.error();
  }
  place->ran(ran);
  const duration encode = made->image.encode;
  e.stages.add(stage::resize, pixels - encode);
  e.stages.add(stage::encode, encode);
  co_return made;
}

}  // namespace tailrace::api
