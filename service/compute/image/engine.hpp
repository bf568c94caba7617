// The process-wide state of libvips: started once, by `app`, before any other function of this
// folder is called, and shut down when everything else is done with it (no worker thread may
// be inside this folder any more). It cannot be started a second time in a process.
#pragma once

namespace tailrace::image {

class engine {
 public:
  // What libvips marks as untrusted stays blocked, and so does every decoder but those of the
  // formats we name; SVG only on demand, because it is a language, not a picture.
  // Throws std::runtime_error when libvips does not start.
  explicit engine(bool allow_svg);
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  ~engine();

  // Whether an AV1 encoder is installed; found out at the start by encoding one small image.
  bool writes_avif() const noexcept { return writes_avif_; }

  // Every thread that ran image work calls this before it ends: libvips keeps buffers per thread.
  static void leave_thread() noexcept;

 private:
  unsigned log_handler_ = 0;
  bool writes_avif_ = false;
};

}  // namespace tailrace::image
