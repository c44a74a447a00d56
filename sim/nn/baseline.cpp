// Rounding to the baseline type, in pieces that threads share.
#include "sim/nn/baseline.h"

#include <algorithm>

#include "formats/span/quantize.h"

namespace octavo::sim::nn {

void round_to(scaling::Baseline baseline, float* x, std::int64_t n) {
  if (baseline == scaling::Baseline::fp32) return;
  const formats::Spec spec = baseline == scaling::Baseline::bf16 ? formats::bf16 : formats::fp16;
  constexpr std::int64_t kPiece = 1 << 14;
  const auto round_piece = [&](std::int64_t start, std::int64_t count) {
    formats::round_values(spec, formats::Overflow::special, {x + start, static_cast<std::size_t>(count)});
  };
  // Not by an `if` of the loop below: that makes a team of one, which takes longer than the rounding of a few rows.
  if (n <= 4 * kPiece) return round_piece(0, n);
#pragma omp parallel for schedule(static)
  for (std::int64_t start = 0; start < n; start += kPiece) round_piece(start, std::min(kPiece, n - start));
}

}  // namespace octavo::sim::nn
