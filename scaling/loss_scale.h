// Loss scaling: the factor on the loss that keeps gradients inside a 16-bit float's range, constant or adaptive.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace octavo::scaling {

/// What a step tells about its gradients, which carry the loss scale it ran under.
struct GradientObservation {
  float amax = 0.0F;           ///< the largest magnitude that is no NaN
  bool finite = true;          ///< no infinity and no NaN
  std::uint64_t elements = 0;  ///< gradients
  std::uint64_t upper = 0;     ///< those at or beyond HistogramLossScale's edge, infinities and NaN included
};

/// What loss scaling carries from step to step.
struct LossScaleState {
  double scale = 1.0;
  std::int64_t steps = 0;    ///< since the last change, or the last period began
  std::int64_t counted = 0;  ///< LogMaxLossScale: steps in the averages
  double mean = 0.0;         ///< and the averages: of log2(amax of unscaled gradients), and of its square
  double square = 0.0;
  std::uint64_t elements = 0;  ///< HistogramLossScale: gradients in this period, and those beyond the edge
  std::uint64_t upper = 0;
  bool operator==(const LossScaleState&) const = default;
};

// Each policy is a value: start() gives the state before the first step, update() takes a step's gradients, sets the
// scale of the next one and says whether this step is to be applied.

/// Never changes; every finite step is applied.
struct ConstantLossScale {
  double value = 1.0;
  bool operator==(const ConstantLossScale&) const = default;

  LossScaleState start() const;
  bool update(LossScaleState& state, const GradientObservation& seen) const;
};

/// Back-off, as PyTorch's GradScaler: a step with an infinity or NaN is left out and the scale multiplied by `backoff`;
/// after `interval` clean steps in a row it is multiplied by `growth`, unless that is infinite in binary32.
struct BackoffLossScale {
  double initial = 65536.0;
  double growth = 2.0;
  double backoff = 0.5;
  int interval = 2000;
  bool operator==(const BackoffLossScale&) const = default;

  LossScaleState start() const;
  bool update(LossScaleState& state, const GradientObservation& seen) const;
};

/// Log-max (Kuchaiev et al., OpenSeq2Seq): log2 of the unscaled gradients' amax is taken as normally distributed, with
/// mean and deviation from exponential averages, and the scale put where mean + deviations * deviation reaches the
/// largest value of FP16. A step that is not finite is left out and halves the scale; one of zeros changes nothing.
struct LogMaxLossScale {
  double initial = 65536.0;
  double deviations = 3.0;
  double decay = 0.99;
  double target = 65504.0;
  bool operator==(const LogMaxLossScale&) const = default;

  LossScaleState start() const;
  bool update(LossScaleState& state, const GradientObservation& seen) const;
};

/// Histogram-based (Graphcore's PopART automatic loss scaling): every `period` steps the scale is halved if more than
/// `tolerated` of the gradients lay at or beyond edge * 65504, and doubled otherwise, up to `ceiling`. Steps that are
/// not finite are left out, and count.
struct HistogramLossScale {
  double initial = 65536.0;
  double edge = 0.0625;  ///< of FP16's largest value; 1 in PopART's earlier releases
  double tolerated = 1e-7;
  int period = 1;
  double ceiling = 32768.0;  ///< largest scale, as PopART caps it; an initial scale above it only falls
  bool operator==(const HistogramLossScale&) const = default;

  /// The magnitude from which a gradient counts as upper.
  float threshold() const;
  LossScaleState start() const;
  bool update(LossScaleState& state, const GradientObservation& seen) const;
};

using LossScale = std::variant<ConstantLossScale, BackoffLossScale, LogMaxLossScale, HistogramLossScale>;

/// "constant", "backoff", "logmax" or "histogram".
std::string_view name(const LossScale& policy);
LossScaleState start(const LossScale& policy);
bool update(const LossScale& policy, LossScaleState& state, const GradientObservation& seen);

/// True if the policy can answer gradients that are not finite with a smaller scale: it changes, and `scale` is not yet
/// as small as 2^-24, where no step has a chance.
bool can_back_off(const LossScale& policy, double scale);

/// Of a gradient tensor under the policy; those of several tensors add up.
GradientObservation observe_gradients(const LossScale& policy, std::span<const float> gradients);
GradientObservation& operator+=(GradientObservation& sum, const GradientObservation& part);

}  // namespace octavo::scaling
