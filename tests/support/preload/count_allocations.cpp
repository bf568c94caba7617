// Preloaded into the service by a test: counts what it allocates, in the first eight bytes of the
// file that ALLOCATION_COUNT_FILE names.
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>

namespace {

std::atomic<std::uint64_t> uncounted;
std::atomic<std::uint64_t>* count = &uncounted;

// For the linker, which allocates while it looks functions up; never freed.
alignas(64) char early[65536];
std::size_t early_used = 0;

bool is_early(const void* p) {
  return p >= early && p < early + sizeof early;
}

void* early_allocation(std::size_t size) {
  void* const p = early + early_used;
  early_used += (size + 63) / 64 * 64;
  if (early_used > sizeof early) std::abort();
  return p;
}

template <class F>
F next(const char* name) {
  static thread_local bool looking = false;
  if (looking) return nullptr;
  looking = true;
  F found = reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
  looking = false;
  return found;
}

__attribute__((constructor)) void open_count() {
  const char* const path = std::getenv("ALLOCATION_COUNT_FILE");
  const int fd = path != nullptr ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void* const mapped = mmap(nullptr, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped != MAP_FAILED) count = static_cast<std::atomic<std::uint64_t>*>(mapped);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
  static const auto real = next<void* (*)(std::size_t)>("malloc");
  count->fetch_add(1);
  return real != nullptr ? real(size) : early_allocation(size);
}

void* calloc(std::size_t n, std::size_t size) {
  static const auto real = next<void* (*)(std::size_t, std::size_t)>("calloc");
  count->fetch_add(1);
  return real != nullptr ? real(n, size) : early_allocation(n * size);
}

void* realloc(void* p, std::size_t size) {
  static const auto real = next<void* (*)(void*, std::size_t)>("realloc");
  count->fetch_add(1);
  if (!is_early(p)) return real(p, size);
  void* const moved = malloc(size);
  std::memcpy(moved, p, size);
  return moved;
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  static const auto real = next<void* (*)(std::size_t, std::size_t)>("aligned_alloc");
  count->fetch_add(1);
  return real(alignment, size);
}

int posix_memalign(void** p, std::size_t alignment, std::size_t size) {
  static const auto real = next<int (*)(void**, std::size_t, std::size_t)>("posix_memalign");
  count->fetch_add(1);
  return real(p, alignment, size);
}

void free(void* p) {
  static const auto real = next<void (*)(void*)>("free");
  if (!is_early(p)) real(p);
}
}
