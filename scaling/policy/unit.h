// Unit Scaling (Blake et al. 2023, arXiv 2303.11257): constants that give every tensor unit variance from the start.
#pragma once

#include <cmath>
#include <cstdint>

#include "scaling/policy/policy.h"

namespace octavo::scaling {

/// What Unit Scaling strives for, applied to a tensor at hand: its root mean square goes to 1, and the format takes it
/// as it is, without an amax. A tensor that is all zero or not all finite gets scale 1.
struct Unit {
  static constexpr Needs needs = Needs::values;
  constexpr bool operator==(const Unit&) const = default;

  Scale scale(const formats::Spec& format, const Observation& observed) const;
};
static_assert(ScalingPolicy<Unit>);

// The constants of operations (table A.2): a result is multiplied by them, forward or backward, so that unit-variance
// inputs give unit variance. Sizes are at least 1.

/// y = x W^T with x [rows, inputs] and W [outputs, inputs], each result scaled on its own.
struct LinearConstants {
  double output;           ///< 1 / sqrt(inputs)
  double input_gradient;   ///< 1 / sqrt(outputs)
  double weight_gradient;  ///< 1 / sqrt(rows)
};
inline LinearConstants unit_linear(std::int64_t rows, std::int64_t inputs, std::int64_t outputs) {
  return {1.0 / std::sqrt(static_cast<double>(inputs)), 1.0 / std::sqrt(static_cast<double>(outputs)),
          1.0 / std::sqrt(static_cast<double>(rows))};
}

/// The same where input and output lie on one cut edge, so that output and input gradient must share a factor: the
/// geometric mean of the two.
inline LinearConstants unit_linear_constrained(std::int64_t rows, std::int64_t inputs, std::int64_t outputs) {
  const LinearConstants free = unit_linear(rows, inputs, outputs);
  const double shared = std::sqrt(free.output * free.input_gradient);
  return {shared, shared, free.weight_gradient};
}

/// a x + b f(x) with a^2 + b^2 = 1: weights of skip and branch for a branch of relative weight tau.
struct ResidualConstants {
  double skip;    ///< 1 / sqrt(1 + tau^2)
  double branch;  ///< tau / sqrt(1 + tau^2)
};
inline ResidualConstants unit_residual(double tau) {
  const double norm = 1.0 / std::sqrt(1.0 + tau * tau);
  return {norm, tau * norm};
}

/// The gradient of the mean cross entropy over `classes` at uniform predictions, for each logit.
inline double unit_cross_entropy_gradient(std::int64_t classes) {
  return static_cast<double>(classes) / std::sqrt(static_cast<double>(classes) - 1.0);
}

/// The gradient of an embedding table of `vocabulary` rows that `tokens` tokens were looked up in.
inline double unit_embedding_gradient(std::int64_t vocabulary, std::int64_t tokens) {
  return std::sqrt(static_cast<double>(vocabulary) / static_cast<double>(tokens));
}

}  // namespace octavo::scaling
