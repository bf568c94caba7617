#include "api/image_work.hpp"

#include "exec/offload.hpp"

namespace tailrace::api {
namespace {

// The job: header first, limits and memory before pixels.
class resize_job {
 public:
  resize_job(shared& process, const admission::compute_queue::place& place, const clock& time,
             const collected& source, const image_options& options, deadline until)
      : process_(process),
        place_(place),
        time_(time),
        source_(source),
        options_(options),
        until_(until) {}

  result<image::resized> operator()(const cancel_flag& cancelled) const {
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
    if (peak > process_.memory.capacity())
      return error(errc::image_too_large, "the image would need more memory than is allowed");
    const auto memory = process_.memory.try_take(peak, admission::use::image);
    if (!memory) return error(errc::memory_exhausted, "the memory budget is used up");
    const image::stop_condition stop{cancelled, until_, time_};
    return image::resize(bytes, options_, process_.images, stop);
  }

 private:
  shared& process_;
  const admission::compute_queue::place& place_;
  const clock& time_;
  const collected& source_;
  const image_options& options_;
  deadline until_;
};

admission::client_address client_of(const io::exchange& e) {
  if (!e.client) return {};
  return io::widened(*e.client).to_bytes();
}

}  // namespace

result<void> would_admit(context& c, const io::exchange& e, deadline until) {
  return c.process.image_queue.check(client_of(e), until, c.thread.time.now());
}

io::awaitable<result<image::resized>> resize(context& c, io::exchange& e, const collected& source,
                                             const image_options& options, deadline until) {
  const auto place = c.process.image_queue.enter(client_of(e), until, c.thread.time.now());
  if (place.has_error()) co_return place.error();
  duration ran{};
  exec::job_options job(place->start_by(), e.called_off.flag(), nullptr, &ran);
  const time_point submitted = c.thread.time.now();
  resize_job work(c.process, *place, c.thread.time, source, options, until);
  auto image = co_await exec::offload(c.process.lanes.long_lane(), std::move(job), std::move(work));
  // The way back from the worker is waiting, too.
  e.stages.add(stage::queue, c.thread.time.now() - submitted - ran);
  const duration pixels =
      image.has_value() ? image->decode_and_resize + image->encode : duration::zero();
  e.stages.add(stage::decode, ran - pixels);
  // What was no image, or had no memory, says nothing of how long images take.
  const bool worked = image.has_value() || image.error().code == errc::deadline_exceeded;
  if (worked && ran > duration::zero()) place->ran(ran);
  if (image.has_error()) {
    const errc code = image.error().code;
    const bool waited_too_long =
        code == errc::deadline_exceeded && !until.passed(c.thread.time.now());
    if (code == errc::overloaded || waited_too_long)
      co_return error(errc::queue_full, "the queue for image work is full");
    co_return image.error();
  }
  e.stages.add(stage::resize, image->decode_and_resize);
  e.stages.add(stage::encode, image->encode);
  co_return image;
}

}  // namespace tailrace::api
