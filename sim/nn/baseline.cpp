// Rounding to the baseline type, in pieces that threads share.
#include "sim/nn/baseline.h"

#include <algorithm>

#include "formats/span/quantize.h"
#include "machine/share.h"

namespace octavo::sim::nn {

void round_to(scaling::Baseline baseline, float* x, std::int64_t n) {
  if (baseline == scaling::Baseline::fp32) return;
  const formats::Spec spec = baseline == scaling::Baseline::bf16 ? formats::bf16 : formats::fp16;
  machine::share_range(n, 0.2, [&](std::int64_t first, std::int64_t last) {
    formats::round_values(spec, formats::Overflow::special, {x + first, static_cast<std::size_t>(last - first)});
  });
}

}  // namespace octavo::sim::nn
