#include "compute/image/engine.hpp"

#include <vips/vips8>

#include <stdexcept>

namespace tailrace::image {
namespace {

constexpr const char* log_domain = "VIPS";

// libvips warns on stderr about every odd file; for a service that is a client's business, told in
// the answer.
void drop_message(const char*, GLogLevelFlags, const char*, void*) {}

void allow_only_named_decoders(bool allow_svg) {
  vips_block_untrusted_set(TRUE);
  vips_operation_block_set("VipsForeignLoad", TRUE);
  for (const char* name : {"VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp",
                           "VipsForeignLoadNsgif", "VipsForeignLoadTiff", "VipsForeignLoadHeif"})
    vips_operation_block_set(name, FALSE);
  if (allow_svg) vips_operation_block_set("VipsForeignLoadSvg", FALSE);
}

bool encodes_avif() noexcept {
  try {
    // libvips from 8.16 on takes only what says how its bands are to be understood.
    const vips::VImage small =
        vips::VImage::black(16, 16, vips::VImage::option()->set("bands", 3))
            .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
    VipsBlob* const encoded = small.heifsave_buffer(
        vips::VImage::option()->set("compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1));
    vips_area_unref(VIPS_AREA(encoded));
    return true;
  } catch (const vips::VError&) {
    vips_error_clear();
    return false;
  }
}

}  // namespace

engine::engine(bool allow_svg) {
  if (VIPS_INIT("tailrace") != 0) {
    const std::string why = vips_error_buffer();
    vips_error_clear();
    throw std::runtime_error("libvips does not start: " + why);
  }
  log_handler_ =
      g_log_set_handler(log_domain,
                        static_cast<GLogLevelFlags>(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE |
                                                    G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG),
                        drop_message, nullptr);
  // One thread per image: the executor already runs one image per core, and requests differ, so
  // remembered operations would only hold memory.
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  vips_cache_set_max_mem(0);
  vips_cache_set_max_files(0);
  allow_only_named_decoders(allow_svg);
  writes_avif_ = encodes_avif();
}

engine::~engine() {
  g_log_remove_handler(log_domain, log_handler_);
  vips_shutdown();
}

void engine::leave_thread() noexcept {
  vips_thread_shutdown();
}

}  // namespace tailrace::image
