// Norm, divergence and clipping.
#include "sim/train/judge.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "machine/share.h"
#include "sim/nn/elementwise/elementary.h"
#include "sim/nn/elementwise/elementwise.h"
#include "sim/train/loss_scale.h"

namespace octavo::sim::train {
namespace {

double norm(std::span<const float> all) {
  constexpr std::size_t kPiece = 1 << 14;  // for sums that do not depend on threads
  const auto pieces = static_cast<std::int64_t>((all.size() + kPiece - 1) / kPiece);
  std::vector<double> sums(static_cast<std::size_t>(pieces));
  machine::share(pieces, 0.2 * static_cast<double>(kPiece), [&](std::int64_t i) {
    const std::size_t start = static_cast<std::size_t>(i) * kPiece;
    sums[static_cast<std::size_t>(i)] =
        nn::sum_squares(all.data() + start, 0.0, static_cast<std::int64_t>(std::min(kPiece, all.size() - start)));
  });
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return std::sqrt(total);
}

}  // namespace

Accumulated measure(double loss, double loss_scale, const scaling::LossScale& policy,
                    std::span<const float> gradients) {
  return {loss, loss_scale, norm(gradients) / loss_scale, observe_all(policy, gradients)};
}

bool diverged(const Accumulated& step, const scaling::LossScale& policy, std::int64_t vocabulary) {
  const double guessing = nn::log(static_cast<double>(vocabulary));
  const bool hopeless = !std::isfinite(step.loss) || !can_back_off(policy, step.loss_scale);
  return !(step.loss <= 3.0 * guessing) || (!step.seen.finite && hopeless);
}

float gradient_factor(const Accumulated& step, double clip) {
  double factor = 1.0 / step.loss_scale;
  if (clip > 0.0 && step.gradient_norm > clip) factor *= clip / step.gradient_norm;
  return static_cast<float>(factor);
}

}  // namespace octavo::sim::train
