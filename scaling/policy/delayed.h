// Delayed scaling: the scale of a step comes from the largest magnitudes of the steps before it.
#pragma once

#include <cstdint>
#include <vector>

#include "scaling/policy/current.h"

namespace octavo::scaling {

/// What a tensor under delayed scaling carries from step to step.
struct AmaxHistory {
  std::vector<float> amaxes{};  ///< of the last steps, oldest first
  Scale scale{};                ///< of the coming step; 1 at the start

  bool operator==(const AmaxHistory&) const = default;
};

/// True if the scale comes from an amax, and is not the 1 that stands in for one.
bool is_founded(const AmaxHistory& past);

enum class AmaxAlgorithm : std::uint8_t { max, most_recent };

/// When a history takes in what its tensor was: once a training step, the largest magnitude of all its micro-batches;
/// or at every forward and backward pass, as Transformer Engine does. Outside training each micro-batch is a step.
enum class Advance : std::uint8_t { step, micro_batch };

/// Transformer Engine's DelayedScaling (common/recipe/delayed_scaling.cu): after each step
/// factor = (max / 2^margin) / amax with amax the largest (NaN left out) or the newest of the last `history` steps, in
/// binary32. An amax of zero, infinity or NaN keeps the scale that was; an infinite factor becomes the largest binary32
/// value. The first step is cast under scale 1.
struct Delayed {
  int history = 1024;  ///< steps, at least 1
  AmaxAlgorithm algorithm = AmaxAlgorithm::max;
  int margin = 0;  ///< in [0, 127]
  Advance advances = Advance::step;

  static constexpr Needs needs = Needs::amax;
  constexpr bool operator==(const Delayed&) const = default;

  /// Takes the amax of the step that was just cast (infinite or NaN if its tensor held such), and sets the scale of the
  /// next one.
  void advance(const formats::Spec& format, AmaxHistory& past, float amax) const;

  /// The scale once every step in the history had this amax: that of a tensor that does not change, such as a weight in
  /// inference.
  Scale scale(const formats::Spec& format, const Observation& observed) const;
};
static_assert(ScalingPolicy<Delayed>);

/// FP8-LM's (arXiv 2310.18313, and MS-AMP's common/tensor/meta.py): a power of two from the largest magnitude in a
/// window, 2^(floor(log2(max / amax)) - margin). Until the window is full, and always with a window of 1, the step's
/// own amax gives its scale (in-time scaling). An amax that is infinite or NaN counts as zero and empties the window;
/// an amax of zero keeps the scale that was.
struct Fp8Lm {
  int window = 16;  ///< steps, at least 1: MS-AMP has 16 for activations and output gradients, 1 for weights
  int margin = 0;   ///< in [0, 127]
  Advance advances = Advance::step;

  static constexpr Needs needs = Needs::amax;
  constexpr bool operator==(const Fp8Lm&) const = default;

  /// The scale of the coming step, whose own amax is `amax` (only read while in-time).
  Scale next(const formats::Spec& format, const AmaxHistory& past, float amax) const;
  void advance(const formats::Spec& format, AmaxHistory& past, float amax) const;

  /// In-time scaling of one tensor.
  Scale scale(const formats::Spec& format, const Observation& observed) const;
};
static_assert(ScalingPolicy<Fp8Lm>);

}  // namespace octavo::scaling
