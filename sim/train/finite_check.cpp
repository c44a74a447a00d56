// Naming the tensor that left the finite numbers.
#include "sim/train/finite_check.h"

#include <array>
#include <cmath>
#include <string_view>

#include "formats/span/quantize.h"

namespace octavo::sim::train {

bool all_finite(std::span<const float> values) {
  const formats::Amax amax = formats::amax(values);
  return !amax.has_nan && std::isfinite(amax.value);
}

void FiniteCheck::inspect(int linear, nn::LinearTensor which, std::span<const float> values) {
  if (found() || all_finite(values)) return;
  constexpr std::array<std::string_view, 5> names{"x", "y", "dy", "dx", "dw"};
  constexpr std::array<std::string_view, 5> roles{"activation", "activation", "gradient", "gradient", "weight"};
  layer_ = linear < 0 ? -1 : model::layer_of(linear);
  tensor_ = linear < 0 ? "head" : model::linear_name(layer_, model::kind_of(linear));
  tensor_ += ' ';
  tensor_ += names[static_cast<std::size_t>(which)];
  role_ = roles[static_cast<std::size_t>(which)];
}

}  // namespace octavo::sim::train
