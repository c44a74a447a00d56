// The ranges of a run's settings.
#include "sim/train/settings.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "messages/error.h"

namespace octavo::sim::train {
namespace {

void require(bool holds, std::string_view name, double value, std::string_view range) {
  if (!holds) throw Error(fmt::format("training: {} is {}; give {}", name, value, range));
}

}  // namespace

void check(const Settings& s) {
  const auto count = [](std::string_view name, std::int64_t value, std::int64_t least) {
    require(value >= least && value <= 1'000'000'000, name, static_cast<double>(value),
            least == 0 ? "0 to 1000000000" : "1 to 1000000000");
  };
  count("steps", s.steps, 1);
  count("batch", s.batch, 1);
  count("accumulation", s.accumulation, 1);
  count("warmup", s.warmup, 0);
  count("loss_scale_window", s.loss_scale_window, 0);
  require(s.dropout >= 0.0 && s.dropout < 1.0, "dropout", s.dropout, "0 to below 1");
  require(s.learning_rate > 0.0 && s.learning_rate <= 1e6, "learning_rate", s.learning_rate, "a positive number");
  require(s.final_rate >= 0.0 && s.final_rate <= 1.0, "final_rate", s.final_rate, "0 to 1");
  require(s.beta1 >= 0.0 && s.beta1 < 1.0, "beta1", s.beta1, "0 to below 1");
  require(s.beta2 >= 0.0 && s.beta2 < 1.0, "beta2", s.beta2, "0 to below 1");
  require(s.epsilon > 0.0 && s.epsilon <= 1.0, "epsilon", s.epsilon, "a positive number up to 1");
  require(s.weight_decay >= 0.0 && s.weight_decay <= 1e6, "weight_decay", s.weight_decay, "0 or a positive number");
  require(s.clip >= 0.0 && std::isfinite(s.clip), "clip", s.clip, "0 (none) or a positive number");
  require(s.loss_scale >= 0x1p-24 && s.loss_scale <= 0x1p24, "loss_scale", s.loss_scale, "2^-24 to 2^24");
}

}  // namespace octavo::sim::train
