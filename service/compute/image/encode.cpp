#include "compute/image/encode.hpp"

#include "compute/image/decode.hpp"
#include "compute/image/webp_exif.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace tailrace::image {
namespace {

using vips::VImage;
using vips::VOption;

// Watches the evaluation of a pipeline that starts at `image`, and ends it when it is not wanted
// any more. The signal comes from the thread that computes, hence no exception from here.
class watch {
 public:
  watch(const VImage& image, const stop_condition& stop) : image_(image), stop_(stop) {
    vips_image_set_progress(image_.get_image(), TRUE);
    handler_ = g_signal_connect(image_.get_image(), "eval", G_CALLBACK(&watch::progressed), this);
  }
  watch(const watch&) = delete;
  watch& operator=(const watch&) = delete;
  ~watch() {
    g_signal_handler_disconnect(image_.get_image(), handler_);
    vips_image_set_progress(image_.get_image(), FALSE);
  }

 private:
  static void progressed(VipsImage* image, VipsProgress*, watch* self) noexcept {
    if (self->stop_.reached()) vips_image_set_kill(image, TRUE);
  }

  VImage image_;
  const stop_condition& stop_;
  gulong handler_ = 0;
};

VImage on_white(const VImage& image) {
  return image.flatten(VImage::option()->set("background", std::vector<double>{255}));
}

VipsBlob* saved(const VImage& image, const encoding& as) {
  VOption* const options = VImage::option();
  // Else JPEG and WebP get an EXIF block even where there was none.
  if (as.strip_metadata) options->set("strip", true);
  if (as.format == image_format::png) return image.pngsave_buffer(options);
  options->set("Q", static_cast<int>(as.quality));
  if (as.format == image_format::webp) return image.webpsave_buffer(options);
  if (as.format == image_format::jpeg)
    return image.jpegsave_buffer(options->set("optimize_coding", true));
  return image.heifsave_buffer(options->set("compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1)
                                   ->set("effort", 9 - static_cast<int>(as.avif_speed)));
}

body owned(VipsBlob* blob) {
  std::size_t size = 0;
  const void* const data = vips_blob_get(blob, &size);
  const auto release = [](VipsBlob* b) { vips_area_unref(VIPS_AREA(b)); };
  return {std::shared_ptr<VipsBlob>(blob, release), {static_cast<const std::byte*>(data), size}};
}

bool is_publishable(std::string_view field) noexcept {
  return field == VIPS_META_ICC_NAME || field == VIPS_META_EXIF_NAME ||
         field == VIPS_META_XMP_NAME || field == VIPS_META_IPTC_NAME ||
         field == VIPS_META_ORIENTATION || field.starts_with("exif-ifd") ||
         field.starts_with("png-comment-");
}

struct free_strings {
  void operator()(char** strings) const noexcept { g_strfreev(strings); }
};

void keep_metadata(VImage& image, bool strip) {
  const std::unique_ptr<char*, free_strings> fields(vips_image_get_fields(image.get_image()));
  for (char** field = fields.get(); field != nullptr && *field != nullptr; ++field)
    if (strip || !is_publishable(*field)) image.remove(*field);
}

}  // namespace

body encode(VImage image, const encoding& as, const stop_condition& stop) {
  keep_metadata(image, as.strip_metadata);
  if (as.format == image_format::jpeg && image.has_alpha()) image = on_white(image);
  const watch watching(image, stop);
  try {
    VipsBlob* const blob = saved(image, as);
    const body file = owned(blob);
    return as.strip_metadata && as.format == image_format::webp ? without_exif(file) : file;
  } catch (const vips::VError&) {
    // The pixels are in memory already, so the source is not to blame.
    throw given_up{stop.reached().value_or(errc::internal)};
  }
}

}  // namespace tailrace::image
