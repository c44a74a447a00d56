// Memory of packed operands. Touching 4 MB for the first time costs about 2 ms in pages of 4 KB, a tenth of a product
// of 1024 x 1024 x 1024 on one core; so large buffers ask for huge pages, and freed ones are kept for the next operand.
#include "machine/aligned_floats.h"

#include <sys/mman.h>

#include <cstdlib>  // posix_memalign
#include <mutex>
#include <new>
#include <vector>

namespace octavo::machine {
namespace {

constexpr std::size_t kCacheLine = 64, kHugePage = std::size_t{2} << 20;
constexpr std::size_t kSmallestKept = std::size_t{64} << 10;
constexpr std::size_t kMostKept = std::size_t{64} << 20;  ///< bytes, all kept buffers together

void* allocate(std::size_t bytes) {
  void* memory = nullptr;
  if (posix_memalign(&memory, bytes >= kHugePage ? kHugePage : kCacheLine, bytes) != 0) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  if (bytes >= kHugePage) (void)madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // may be refused
#endif
  return memory;
}

/// Freed buffers, for any thread to take again.
class Spares {
 public:
  /// A kept buffer of at least `bytes` and at most a quarter more, or null; `bytes` becomes its size.
  void* take(std::size_t& bytes) {
    const std::lock_guard lock(mutex_);
    for (auto spare = spares_.begin(); spare != spares_.end(); ++spare) {
      if (spare->bytes < bytes || spare->bytes > bytes + bytes / 4) continue;
      void* memory = spare->memory;
      bytes = spare->bytes;
      kept_ -= bytes;
      spares_.erase(spare);
      return memory;
    }
    return nullptr;
  }

  /// False if there is no room to keep it.
  bool keep(void* memory, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (kept_ + bytes > kMostKept) return false;
    spares_.push_back({memory, bytes});
    kept_ += bytes;
    return true;
  }

 private:
  struct Spare {
    void* memory;
    std::size_t bytes;
  };
  std::mutex mutex_;
  std::vector<Spare> spares_;
  std::size_t kept_ = 0;
};

/// Never destroyed: operands of static life may be freed after everything else.
Spares& spares() {
  static auto& all = *new Spares;
  return all;
}

}  // namespace

AlignedFloats::AlignedFloats(std::int64_t count) {
  std::size_t bytes = (static_cast<std::size_t>(count) * sizeof(float) / kCacheLine + 1) * kCacheLine;
  void* memory = bytes < kSmallestKept ? nullptr : spares().take(bytes);
  if (memory == nullptr) memory = allocate(bytes);
  values_ = std::unique_ptr<float, Free>(static_cast<float*>(memory), Free{bytes});
}

void AlignedFloats::Free::operator()(float* values) const {
  if (bytes < kSmallestKept || !spares().keep(values, bytes)) std::free(values);
}

}  // namespace octavo::machine
