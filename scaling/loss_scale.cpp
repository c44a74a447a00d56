// How loss scales change from step to step.
#include "scaling/loss_scale.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "formats/span/quantize.h"
#include "scaling/policy/logarithm.h"

namespace octavo::scaling {
namespace {

constexpr double kLargestFp16 = 65504.0;
// Scales are kept where binary32 can hold them, and their reciprocals.
constexpr double kLargest = 0x1p126;
constexpr double kSmallest = 0x1p-126;

double kept(double scale) { return std::clamp(scale, kSmallest, kLargest); }

}  // namespace

LossScaleState ConstantLossScale::start() const { return {.scale = value}; }

bool ConstantLossScale::update(LossScaleState&, const GradientObservation& seen) const { return seen.finite; }

LossScaleState BackoffLossScale::start() const { return {.scale = initial}; }

bool BackoffLossScale::update(LossScaleState& state, const GradientObservation& seen) const {
  if (!seen.finite) {
    state.scale = kept(state.scale * backoff);
    state.steps = 0;
    return false;
  }
  if (++state.steps == interval) {
    state.steps = 0;
    if (state.scale * growth <= static_cast<double>(std::numeric_limits<float>::max()))
      state.scale = kept(state.scale * growth);
  }
  return true;
}

LossScaleState LogMaxLossScale::start() const { return {.scale = initial}; }

bool LogMaxLossScale::update(LossScaleState& state, const GradientObservation& seen) const {
  if (!seen.finite) {
    state.scale = kept(state.scale * 0.5);
    return false;
  }
  if (seen.amax == 0.0F) return true;
  const double log_amax = log2_of(static_cast<double>(seen.amax) / state.scale);
  // Averages that start from the first step: the weight of a new one falls to 1 - decay as steps come in.
  ++state.counted;
  const double weight = std::max(1.0 - decay, 1.0 / static_cast<double>(state.counted));
  state.mean += weight * (log_amax - state.mean);
  state.square += weight * (log_amax * log_amax - state.square);
  const double deviation = std::sqrt(std::max(0.0, state.square - state.mean * state.mean));
  const double exponent = log2_of(target) - state.mean - deviations * deviation;
  state.scale = kept(std::ldexp(1.0, static_cast<int>(std::floor(std::clamp(exponent, -126.0, 126.0)))));
  return true;
}

LossScaleState HistogramLossScale::start() const { return {.scale = initial}; }

float HistogramLossScale::threshold() const { return static_cast<float>(edge * kLargestFp16); }

bool HistogramLossScale::update(LossScaleState& state, const GradientObservation& seen) const {
  state.elements += seen.elements;
  state.upper += seen.upper;
  if (++state.steps == period) {
    const bool crowded = static_cast<double>(state.upper) > tolerated * static_cast<double>(state.elements);
    if (crowded)
      state.scale = kept(state.scale * 0.5);
    else if (state.scale * 2.0 <= ceiling)
      state.scale *= 2.0;
    state.steps = 0;
    state.elements = state.upper = 0;
  }
  return seen.finite;
}

std::string_view name(const LossScale& policy) {
  constexpr std::string_view names[] = {"constant", "backoff", "logmax", "histogram"};
  return names[policy.index()];
}

LossScaleState start(const LossScale& policy) {
  return std::visit([](const auto& value) { return value.start(); }, policy);
}

bool update(const LossScale& policy, LossScaleState& state, const GradientObservation& seen) {
  return std::visit([&](const auto& value) { return value.update(state, seen); }, policy);
}

bool can_back_off(const LossScale& policy, double scale) {
  return !std::holds_alternative<ConstantLossScale>(policy) && scale > 0x1p-24;
}

GradientObservation observe_gradients(const LossScale& policy, std::span<const float> gradients) {
  GradientObservation result;
  const formats::MeasuredAmax amax = formats::amax(gradients);
  result.amax = amax.value;
  result.finite = !amax.has_nan && std::isfinite(amax.value);
  result.elements = gradients.size();
  if (const auto* histogram = std::get_if<HistogramLossScale>(&policy)) {
    const auto from = std::bit_cast<std::uint32_t>(histogram->threshold());  // magnitudes order as their bits; NaN last
    for (const float g : gradients) result.upper += (std::bit_cast<std::uint32_t>(g) & 0x7FFFFFFFu) >= from ? 1 : 0;
  }
  return result;
}

GradientObservation& operator+=(GradientObservation& sum, const GradientObservation& part) {
  sum.amax = std::max(sum.amax, part.amax);
  sum.finite = sum.finite && part.finite;
  sum.elements += part.elements;
  sum.upper += part.upper;
  return sum;
}

}  // namespace octavo::scaling
