// What a row of a table says of a run beside its reference; docs/hdf5-schema.md defines every column.
#pragma once

#include <array>
#include <cstdint>

#include "experiments/store/run_words.h"

namespace octavo::experiments::store {

/// In the place of a number of tokens that nobody can tell.
inline constexpr std::int64_t kNoEstimate = -1;

/// Both runs score the same tokens; experiments/evaluation/verdict.h computes it.
struct Comparison {
  double relative_accuracy = 0.0;
  double relative_accuracy_se = 0.0;
  double loss_increase = 0.0;
  double loss_increase_se = 0.0;
  Verdict verdict_loss = Verdict::undecided;
  Verdict verdict_accuracy = Verdict::undecided;
  Verdict verdict = Verdict::undecided;  ///< the one of the two that was asked for
  std::int64_t tokens_to_decide = 0;     ///< where that is undecided; kNoEstimate if no number would

  bool operator==(const Comparison&) const = default;
};

/// The columns of a comparison, in their order.
using ComparisonColumns = std::array<const char*, 8>;
inline constexpr ComparisonColumns kToBaseline{"relative_accuracy", "relative_accuracy_se", "loss_increase",
                                               "loss_increase_se",  "verdict_loss",         "verdict_accuracy",
                                               "verdict",           "tokens_to_decide"};
inline constexpr ComparisonColumns kToAmax{
    "amax_relative_accuracy", "amax_relative_accuracy_se", "amax_loss_increase", "amax_loss_increase_se",
    "amax_verdict_loss",      "amax_verdict_accuracy",     "amax_verdict",       "amax_tokens_to_decide"};

template <class C, class Visitor>
void visit_comparison(C& comparison, const ComparisonColumns& columns, Visitor&& f) {
  f(columns[0], comparison.relative_accuracy);
  f(columns[1], comparison.relative_accuracy_se);
  f(columns[2], comparison.loss_increase);
  f(columns[3], comparison.loss_increase_se);
  f(columns[4], comparison.verdict_loss);
  f(columns[5], comparison.verdict_accuracy);
  f(columns[6], comparison.verdict);
  f(columns[7], comparison.tokens_to_decide);
}

}  // namespace octavo::experiments::store
