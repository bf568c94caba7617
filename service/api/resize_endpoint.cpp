#include "api/collect.hpp"
#include "api/digest_source.hpp"
#include "api/endpoints.hpp"
#include "api/image_work.hpp"
#include "api/source_request.hpp"
#include "compute/image/sniff.hpp"
#include "compute/image/variant.hpp"
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
  // As soon as it is certain that there is image work to do, and before a source is fetched: but
  // what the client has may still be good, and that is cheap to tell.
  std::optional<admission::compute_queue::pass> pass;
  if (!known.asks()) {
    const auto admitted = ask_for_image_work(c, e, *until, pass);
    if (admitted.has_error()) co_return admitted.error();
  }
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
  if (!identify) {
    const auto admitted = ask_for_image_work(c, e, *until, pass);
    if (admitted.has_error()) co_return admitted.error();
  }
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
  const auto admitted = ask_for_image_work(c, e, *until, pass);
  if (admitted.has_error()) co_return admitted.error();
  auto resizing = resize(c, e, std::move(*pass), *source, *options, *until);
  auto made = co_await std::move(resizing);
  if (made.has_error()) co_return made.error();
  // Held until the client has taken it, however slowly.
  e.memory = std::move(made->memory);
  write_image(e, made->image);
  write_validators(e, c, tag, fetched);
  write_digests(e, digests.wanted());
  co_return result<void>();
}

}  // namespace tailrace::api
