// Rounding to the baseline type, in pieces that threads share.
#include "sim/nn/baseline.h"

#include <algorithm>

#include "formats/quantize.h"

namespace octavo::sim::nn {

void round_to(scaling::Baseline baseline, float* x, std::int64_t n) {
  if (baseline == scaling::Baseline::fp32) return;
  const formats::Spec spec = baseline == scaling::Baseline::bf16 ? formats::bf16 : formats::fp16;
  constexpr std::int64_t kPiece = 1 << 14;
#pragma omp parallel for schedule(static) if (n > 4 * kPiece)
  for (std::int64_t start = 0; start < n; start += kPiece) {
    const auto count = static_cast<std::size_t>(std::min(kPiece, n - start));
    formats::round_values(spec, formats::Overflow::special, {x + start, count});
  }
}

}  // namespace octavo::sim::nn
