// A buffer of floats on a cache line boundary, not initialised: packing writes every value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace octavo::sim::gemm {

class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(std::int64_t count)
      : values_(static_cast<float*>(::operator new(static_cast<std::size_t>(count) * sizeof(float), kAlignment))) {}

  float* data() { return values_.get(); }
  const float* data() const { return values_.get(); }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(float* values) const { ::operator delete(values, kAlignment); }
  };
  std::unique_ptr<float, Free> values_;
};

}  // namespace octavo::sim::gemm
