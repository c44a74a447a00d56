// Two evaluations of the same tokens, compared token by token.
#pragma once

#include <cstdint>
#include <span>

namespace octavo::experiments {

/// Token by token: the noise that both share cancels.
struct PairedDifference {
  double relative_accuracy = 0.0;     ///< accuracy / reference accuracy; NaN if the reference is right nowhere
  double relative_accuracy_se = 0.0;  ///< its standard error by the delta method
  double loss_increase = 0.0;         ///< nats a token
  double loss_increase_se = 0.0;
};

/// What holds keeps at least this share of the reference's accuracy: the criterion of arXiv 2309.17224. Octavo allows
/// for noise: relative accuracy + 2 standard errors must reach it.
inline constexpr double kHolds = 0.995;

/// Spans of equal length, at least 2 for standard errors (0 otherwise).
PairedDifference paired_difference(std::span<const float> loss, std::span<const std::uint8_t> correct,
                                   std::span<const float> reference_loss,
                                   std::span<const std::uint8_t> reference_correct);

}  // namespace octavo::experiments
