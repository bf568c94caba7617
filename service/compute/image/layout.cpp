#include "compute/image/layout.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <tiffio.h>
#include <webp/decode.h>
#include <webp/demux.h>

namespace tailrace::image {
namespace {

// A file in memory, as libtiff wants to see it: read only.
struct tiff_file {
  std::span<const std::byte> bytes;
  std::uint64_t at = 0;
};

tiff_file& file_of(thandle_t handle) noexcept {
  return *static_cast<tiff_file*>(handle);
}

tmsize_t read(thandle_t handle, void* to, tmsize_t size) noexcept {
  tiff_file& file = file_of(handle);
  const std::uint64_t left =
      file.bytes.size() - std::min<std::uint64_t>(file.at, file.bytes.size());
  const std::uint64_t count =
      std::min(left, static_cast<std::uint64_t>(std::max<tmsize_t>(size, 0)));
  if (count != 0) std::memcpy(to, file.bytes.data() + file.at, count);
  file.at += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write(thandle_t, void*, tmsize_t) noexcept {
  return -1;
}

toff_t seek(thandle_t handle, toff_t offset, int whence) noexcept {
  tiff_file& file = file_of(handle);
  const std::uint64_t from = whence == SEEK_CUR   ? file.at
                             : whence == SEEK_END ? file.bytes.size()
                                                  : 0;
  return file.at = from + offset;
}

int close(thandle_t) noexcept {
  return 0;
}

toff_t size(thandle_t handle) noexcept {
  return file_of(handle).bytes.size();
}

struct close_tiff {
  void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
};

struct delete_demuxer {
  void operator()(WebPDemuxer* demuxer) const noexcept { WebPDemuxDelete(demuxer); }
};

}  // namespace

bool webp_is_lossless(std::span<const std::byte> file) noexcept {
  const WebPData data{reinterpret_cast<const std::uint8_t*>(file.data()), file.size()};
  const std::unique_ptr<WebPDemuxer, delete_demuxer> demuxer(WebPDemux(&data));
  WebPIterator frame{};
  if (!demuxer || WebPDemuxGetFrame(demuxer.get(), 1, &frame) == 0) return true;
  WebPBitstreamFeatures features{};
  const bool known =
      WebPGetFeatures(frame.fragment.bytes, frame.fragment.size, &features) == VP8_STATUS_OK;
  WebPDemuxReleaseIterator(&frame);
  constexpr int lossy = 1;
  return !known || features.format != lossy;
}

std::uint64_t tiff_strip_bytes(std::span<const std::byte> file) noexcept {
  tiff_file source{file};
  // "m": through read() instead of a mapping.
  const std::unique_ptr<TIFF, close_tiff> tiff(
      TIFFClientOpen("TIFF", "rm", &source, read, write, seek, close, size, nullptr, nullptr));
  if (!tiff) return 0;
  if (TIFFIsTiled(tiff.get()) == 0) return TIFFStripSize64(tiff.get());
  std::uint32_t width = 0;
  std::uint32_t tile_width = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff.get(), TIFFTAG_TILEWIDTH, &tile_width);
  if (tile_width == 0) return 0;
  const std::uint64_t tiles = (std::uint64_t{width} + tile_width - 1) / tile_width;
  return tiles * TIFFTileSize64(tiff.get());
}

}  // namespace tailrace::image
