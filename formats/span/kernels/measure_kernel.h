// Entry points of the vector kernels behind amax and the statistics of a cast.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo::formats::measure_kernel {

/// What one block adds to CastStatistics.
struct BlockStatistics {
  std::uint32_t zeros, underflow, overflow, nan;
  double signal_energy, error_energy;
};

/// The largest magnitudes that rounding leaves finite.
struct KeptMagnitudes {
  float positive, negative;
};

struct Kernels {
  /// Bits of the largest |x| that is no NaN; *has_nan = 1 if there was one, else 0.
  std::uint32_t (*amax)(const float* x, std::size_t count, std::uint32_t* has_nan);
  /// Bits of the largest |x| of each of `blocks` runs of `length` elements, one after the other; more than those of
  /// infinity where a run holds a NaN.
  void (*amax_of_runs)(const float* x, std::size_t length, std::size_t runs, std::uint32_t* bits);
  /// `values` are those of the codes of x * scale; a product of larger magnitude than `kept` (of its sign) overflows;
  /// count < 2^31.
  BlockStatistics (*measure)(const float* x, float scale, const float* values, KeptMagnitudes kept, std::size_t count);
};

namespace scalar {
extern const Kernels kernels;
}
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}

}  // namespace octavo::formats::measure_kernel
