// A job that nobody wants any more ends at its next look at the clock.
#include "compute/image/sniff.hpp"

#include <atomic>

#include "tests/support/catch.hpp"
#include "tests/support/images.hpp"

using namespace tailrace;
using namespace tailrace::test;

namespace {

// Counts how often it is asked; at one of these times the client goes away. The encoder asks from
// a thread of libvips.
class watched_clock final : public clock {
 public:
  explicit watched_clock(int gone_at) : gone_at_(gone_at) {}

  time_point now() const noexcept override {
    if (++asked_ == gone_at_) gone.cancel();
    return time_point{} + std::chrono::milliseconds(asked_);
  }
  int asked() const noexcept { return asked_; }

  cancel_flag gone = cancel_flag::make();

 private:
  int gone_at_;
  mutable std::atomic<int> asked_{0};
};

const deadline far{time_point::max() - std::chrono::hours(1)};

image_options as_format(image_format format) {
  image_options options;
  options.width = 300;
  options.format = format;
  return options;
}

}  // namespace

TEST_CASE("stop: the client goes away, whenever that is") {
  image_engine();
  const auto source = as_png(noise(400, 400));
  for (const auto format : {image_format::jpeg, image_format::png, image_format::webp}) {
    // How often a job that nobody disturbs looks.
    watched_clock undisturbed(-1);
    REQUIRE(image::resize(source, as_format(format), {}, {undisturbed.gone, far, undisturbed})
                .has_value());
    const int looks = undisturbed.asked();
    INFO(looks << " looks");
    REQUIRE(looks > 20);
    for (const int gone_at : {1, 2, looks / 8, looks / 4}) {
      watched_clock time(gone_at);
      const auto done = image::resize(source, as_format(format), {}, {time.gone, far, time});
      INFO("gone at " << gone_at);
      REQUIRE(done.has_error());
      CHECK(done.error().code == errc::client_gone);
      // It did not go on for long.
      CHECK(time.asked() <= gone_at + 4);
    }
  }
}

TEST_CASE("stop: JPEG and PNG encoders look too") {
  image_engine();
  // Large, so that the encoder is far from its end when its first strip is reported.
  const auto source = as_jpeg(noise(2400, 2400));
  for (const auto format : {image_format::jpeg, image_format::png}) {
    INFO(image::name_of(format));
    image_options options = as_format(format);
    options.width = 0;
    watched_clock undisturbed(-1);
    const auto whole = image::resize(source, options, {}, {undisturbed.gone, far, undisturbed});
    REQUIRE(whole.has_value());
    // The clock ticks once a look, so the last stage took this many looks.
    const auto encoder_looks = whole->encode / std::chrono::milliseconds(1);
    REQUIRE(encoder_looks > 20);
    watched_clock time(undisturbed.asked() - static_cast<int>(encoder_looks) + 1);
    const auto done = image::resize(source, options, {}, {time.gone, far, time});
    REQUIRE(done.has_error());
    CHECK(done.error().code == errc::client_gone);
  }
}

TEST_CASE("stop: the deadline passes on the way") {
  image_engine();
  const auto source = as_png(noise(400, 400));
  watched_clock time(-1);
  const deadline soon{time_point{} + std::chrono::milliseconds(10)};
  const auto done = image::resize(source, as_format(image_format::jpeg), {}, {{}, soon, time});
  REQUIRE(done.has_error());
  CHECK(done.error().code == errc::deadline_exceeded);
  CHECK(time.asked() < 15);
}

TEST_CASE("stop: a job that is not wanted from the start reads no pixel") {
  image_engine();
  const auto source = as_png(noise(40, 40));
  watched_clock time(-1);
  time.gone.cancel();
  const auto done = image::resize(source, as_format(image_format::png), {}, {time.gone, far, time});
  REQUIRE(done.has_error());
  CHECK(done.error().code == errc::client_gone);
}
