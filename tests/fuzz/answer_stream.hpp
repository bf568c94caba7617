// Reads what a server sent on one connection, as strictly as a client may: status line, field
// lines, Content-Length, chunks. Nothing of the service's own code, so that they cannot err alike.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tailrace::fuzz {

struct received_answer {
  unsigned status = 0;
  bool interim = false;  // 1xx
  bool close = false;    // says that it is the last one, or breaks off
  bool streamed = false;
  std::string_view content_type;
  std::string body;
};

class answer_stream {
 public:
  explicit answer_stream(std::string_view bytes) noexcept : rest_(bytes) {}

  bool at_end() const noexcept { return rest_.empty(); }

  // The next one; of a bodiless one Content-Length says nothing. Throws violation where the bytes
  // are no whole answer.
  received_answer next(bool bodiless);

 private:
  std::string_view take_line();
  void take_field(std::string_view line, received_answer& into,
                  std::optional<std::size_t>& length) const;
  void take_chunks(received_answer& into);

  std::string_view rest_;
};

}  // namespace tailrace::fuzz
