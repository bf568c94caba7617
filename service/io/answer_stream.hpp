// An answer that is sent while it is still being made, of a length that nobody knows yet.
#pragma once
#include "core/error.hpp"
#include "io/types.hpp"

#include <string_view>

namespace tailrace::io {

class answer_stream {
 public:
  virtual ~answer_stream() = default;

  // The head has been sent: status and fields of the exchange's answer can no longer change.
  virtual bool begun() const noexcept = 0;

  // Sends `piece`, before the first one the head, and waits until the kernel has taken it all.
  // client_gone when the client takes it too slowly or not at all; nothing may follow then. One
  // call at a time; may wait while the body is being read.
  virtual awaitable<result<void>> write(std::string_view piece) = 0;

  // What has been sent is not all, and never will be: the connection ends without the mark that
  // would make the answer look whole.
  virtual void abandon() noexcept = 0;
};

}  // namespace tailrace::io
