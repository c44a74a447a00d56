// A part of a tensor as binary32, whatever it is kept as.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>

#include "formats/span/cast_plan.h"
#include "formats/span/values.h"

namespace octavo::formats {

/// Up to `capacity` elements; those that are binary32 are read where they lie.
template <std::size_t capacity>
class WidenedPart {
 public:
  const float* of(Values x) {
    assert(x.size() <= capacity);
    if (x.type() == quantize_kernel::Source::fp32) return static_cast<const float*>(x.data());
    nearest_kernels().widen(x.type(), x.data(), buffer_.data(), x.size());
    return buffer_.data();
  }

 private:
  std::array<float, capacity> buffer_;
};

}  // namespace octavo::formats
