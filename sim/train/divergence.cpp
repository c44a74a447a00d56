// Naming the tensor that left the finite numbers.
#include "sim/train/divergence.h"

#include <array>
#include <cmath>
#include <string_view>

#include "formats/span/quantize.h"

namespace octavo::sim::train {
namespace {

bool all_finite(std::span<const float> values) {
  const formats::MeasuredAmax amax = formats::amax(values);
  return !amax.has_nan && std::isfinite(amax.value);
}

const Slot* first_non_finite(const std::vector<Slot>& slots, std::span<const float> gradients) {
  for (const Slot& slot : slots)
    if (!all_finite(gradients.subspan(slot.offset, slot.count))) return &slot;
  return nullptr;
}

}  // namespace

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

Divergence describe_divergence(std::int64_t step, double loss, const FiniteCheck& pass, const std::vector<Slot>& slots,
                               std::span<const float> gradients) {
  Divergence result{step, "loss", -1, "", loss};
  if (pass.found()) {
    result.tensor = pass.tensor();
    result.layer = pass.layer();
    result.role = pass.role();
  } else if (const Slot* slot = first_non_finite(slots, gradients)) {
    result.tensor = "derivative of " + slot->name;
    result.layer = slot->layer;
    result.role = "weight";
  }
  return result;
}

}  // namespace octavo::sim::train
