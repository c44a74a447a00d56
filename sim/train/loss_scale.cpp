// From settings to a policy, and from gradients to what it sees.
#include "sim/train/loss_scale.h"

#include <algorithm>
#include <vector>

#include "machine/share.h"

namespace octavo::sim::train {

scaling::LossScale loss_scale_policy(const Settings& settings) {
  const auto window = static_cast<int>(settings.loss_scale_window);
  switch (settings.loss_scaling) {
    case LossScaling::none:
      break;
    case LossScaling::constant:
      return scaling::ConstantLossScale{settings.loss_scale};
    case LossScaling::backoff: {
      scaling::BackoffLossScale policy{.initial = settings.loss_scale};
      if (window > 0) policy.interval = window;
      return policy;
    }
    case LossScaling::logmax:
      return scaling::LogMaxLossScale{.initial = settings.loss_scale};
    case LossScaling::histogram: {
      scaling::HistogramLossScale policy{.initial = settings.loss_scale};
      if (window > 0) policy.period = window;
      return policy;
    }
  }
  return scaling::ConstantLossScale{1.0};
}

scaling::GradientObservation observe_all(const scaling::LossScale& policy, std::span<const float> gradients) {
  constexpr std::size_t kPiece = 1 << 16;
  const auto pieces = static_cast<std::int64_t>((gradients.size() + kPiece - 1) / kPiece);
  std::vector<scaling::GradientObservation> seen(static_cast<std::size_t>(pieces));
  machine::share(pieces, 0.5 * static_cast<double>(kPiece), [&](std::int64_t i) {
    const std::size_t start = static_cast<std::size_t>(i) * kPiece;
    seen[static_cast<std::size_t>(i)] =
        scaling::observe_gradients(policy, gradients.subspan(start, std::min(kPiece, gradients.size() - start)));
  });
  scaling::GradientObservation total;
  for (const scaling::GradientObservation& part : seen) total += part;
  return total;
}

bool can_back_off(const scaling::LossScale& policy, double scale) {
  return !std::holds_alternative<scaling::ConstantLossScale>(policy) && scale > 0x1p-24;
}

}  // namespace octavo::sim::train
