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
  std::int64_t tokens = 0;
  bool finite = false;  ///< whether the loss of what is compared is, at every token
};

/// Spans of equal length. A standard error takes two tokens; that of one is NaN.
PairedDifference paired_difference(std::span<const float> loss, std::span<const std::uint8_t> correct,
                                   std::span<const float> reference_loss,
                                   std::span<const std::uint8_t> reference_correct);

}  // namespace octavo::experiments
