#include "api/collect.hpp"
#include "api/digest_source.hpp"
#include "api/endpoints.hpp"
#include "api/source_request.hpp"
#include "compute/image/resize.hpp"
#include "compute/image/sniff.hpp"
#include "compute/image/variant.hpp"
#include "exec/offload.hpp"
#include "http/option_table.hpp"

#include <algorithm>

namespace tailrace::api {
namespace {

result<image_options> take_options(parameters& query) {
  image_options options;
  const auto left = query.left();
  for (const http::parameter& p : left) {
    const auto known = http::apply_option(options, p.name, p.value);
    if (known.has_error()) return known.error();
    if (*known) query.take(p.name);
  }
  if (const auto done = query.done(); done.has_error()) return done.error();
  return options;
}

// The job: header first, limits and memory before pixels.
class resize_job {
 public:
  resize_job(shared& process, const clock& time, const collected& source,
             const image_options& options, deadline until)
      : process_(process), time_(time), source_(source), options_(options), until_(until) {}

  result<image::resized> operator()(const cancel_flag& cancelled) const {
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
  const clock& time_;
  const collected& source_;
  const image_options& options_;
  deadline until_;
};

// A source that was verified, and one whose digest goes with the result, is another answer than one
// that was not.
std::string variant_of(context& c, const image_options& options, const source_request& wanted) {
  std::string variant = image::variant_of(options, c.process.images);
  for (const hash::algorithm a : wanted.algorithms) variant.append(" ").append(hash::name_of(a));
  if (wanted.verify) variant.append(" ").append(wanted.verify->hex);
  return variant;
}

// What holds for the image and for the 304 that stands for it.
void write_validators(io::exchange& e, context& c, const std::optional<http::result_tag>& tag,
                      const fetch::source* source) {
  if (tag) e.answer.add("ETag", http::spelled(*tag));
  const settings& config = c.process.config;
  const bool passed = config.cache_control_passthrough && source != nullptr &&
                      !source->head().cache_control.empty();
  const std::string& cache_control = passed ? source->head().cache_control : config.cache_control;
  if (!cache_control.empty()) e.answer.add("Cache-Control", cache_control);
  if (source != nullptr && !source->head().last_modified.empty())
    e.answer.add("Last-Modified", source->head().last_modified);
}

void write_not_modified(io::exchange& e, context& c, const std::optional<http::result_tag>& tag,
                        const fetch::source* source) {
  e.answer.status = 304;
  write_validators(e, c, tag, source);
}

void write_image(io::exchange& e, image::resized& image) {
  e.answer.content_type = image::content_type_of(image.format);
  e.answer.bytes = std::move(image.content);
  e.answer.add("X-Content-Type-Options", "nosniff");
  e.answer.add("Content-Security-Policy", "default-src 'none'; sandbox");
}

// Digests of the source as they were asked for, and one more for the entity tag where nothing else
// identifies the source.
class source_digests {
 public:
  source_digests(const hash::algorithm_list& wanted, bool identify)
      : wanted_(wanted), identify_(identify), hasher_(with_identity(wanted, identify)) {}

  // Null when there is nothing to do.
  hash::hasher* hasher() noexcept { return wanted_.empty() && !identify_ ? nullptr : &hasher_; }

  void finish() { all_ = hasher_.finish(); }

  // Once finished.
  hash::digest_list wanted() const { return {all_.begin(), all_.begin() + wanted_.size()}; }
  std::string_view identity() const {
    const auto one = std::find_if(all_.begin(), all_.end(), [](const hash::digest& d) {
      return d.which == hash::algorithm::xxh128;
    });
    return one->hex();
  }

 private:
  static hash::algorithm_list with_identity(hash::algorithm_list all, bool identify) {
    const bool has = std::find(all.begin(), all.end(), hash::algorithm::xxh128) != all.end();
    if (identify && !has) all.push_back(hash::algorithm::xxh128);
    return all;
  }

  const hash::algorithm_list wanted_;
  const bool identify_;
  hash::hasher hasher_;
  hash::digest_list all_;
};

void write_digests(io::exchange& e, const hash::digest_list& all) {
  std::string value;
  for (const hash::digest& d : all) {
    if (!value.empty()) value.append(", ");
    value.append(hash::name_of(d.which)).append("=").append(d.hex());
  }
  if (!value.empty()) e.answer.add("X-Source-Digest", value);
}

}  // namespace

io::awaitable<result<void>> answer_resize(context& c, io::exchange& e) {
  auto query = parameters::parse(e.target.query);
  if (query.has_error()) co_return query.error();
  const auto wanted = take_source(*query, e, "digest");
  if (wanted.has_error()) co_return wanted.error();
  const auto until = take_timeout(*query, e, e.until);
  if (until.has_error()) co_return until.error();
  const auto options = take_options(*query);
  if (options.has_error()) co_return options.error();

  const bool upload = wanted->url.empty();
  // What an upload gives has no address that a client could ask for again.
  revalidation known;
  if (!upload) known = revalidation(e.head.fields, variant_of(c, *options, *wanted));
  const std::uint64_t bytes_max = c.process.config.image_bytes_max;
  const auto opened = co_await open_source(c, e, *wanted, *until, bytes_max, &known);
  if (opened.has_error()) co_return opened.error();
  const fetch::source* const fetched = opened->fetched.get();
  std::optional<http::result_tag> tag;
  if (fetched != nullptr) tag = known.tag_of(*fetched);
  const bool unchanged = fetched != nullptr && fetched->head().not_modified;
  if (unchanged && !tag) tag = known.confirmed();
  if (unchanged || (tag && known.has(*tag))) {
    write_not_modified(e, c, tag, fetched);
    co_return result<void>();
  }
  const bool identify = !upload && !tag;
  source_digests digests(wanted->algorithms, identify);
  const auto source =
      co_await collect(c, *opened->bytes, bytes_max, "image-bytes-max", digests.hasher(), e.stages);
  if (source.has_error()) co_return source.error();
  digests.finish();
  if (wanted->verify) {
    const auto same = check(*wanted->verify, digests.wanted());
    if (same.has_error()) co_return same.error();
  }
  if (identify) tag = known.tag_of_content(digests.identity());
  if (identify && known.has(*tag)) {
    write_not_modified(e, c, tag, fetched);
    write_digests(e, digests.wanted());
    co_return result<void>();
  }

  if (upload) {
    auto permit = c.process.requests.try_take(1);
    if (!permit) co_return error(errc::overloaded);
    e.in_flight = std::move(*permit);
  }
  duration ran{};
  exec::job_options job(*until, e.called_off.flag(), nullptr, &ran);
  const time_point submitted = c.thread.time.now();
  resize_job work(c.process, c.thread.time, *source, *options, *until);
  auto image = co_await exec::offload(c.process.lanes.long_lane(), std::move(job), std::move(work));
  // The way back from the worker is waiting, too.
  e.stages.add(stage::queue, c.thread.time.now() - submitted - ran);
  const duration pixels =
      image.has_value() ? image->decode_and_resize + image->encode : duration::zero();
  e.stages.add(stage::decode, ran - pixels);
  if (image.has_error() && image.error().code == errc::overloaded)
    co_return error(errc::queue_full, "the queue for image work is full");
  if (image.has_error()) co_return image.error();
  // Held until the client has taken it, however slowly.
  auto memory = c.process.memory.try_take(image->content.size(), admission::use::result);
  if (!memory) co_return error(errc::memory_exhausted, "the memory budget is used up");
  e.memory = std::move(*memory);
  e.stages.add(stage::resize, image->decode_and_resize);
  e.stages.add(stage::encode, image->encode);
  write_image(e, *image);
  write_validators(e, c, tag, fetched);
  write_digests(e, digests.wanted());
  co_return result<void>();
}

}  // namespace tailrace::api
