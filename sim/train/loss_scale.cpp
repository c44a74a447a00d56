// From settings to a policy.
#include "sim/train/loss_scale.h"

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

}  // namespace octavo::sim::train
