// The rows of octavo sweep's tables; docs/hdf5-schema.md defines every field.
#pragma once

#include <cstdint>
#include <string>

#include "experiments/store/run_words.h"
#include "experiments/store/runs/rows/comparison.h"

namespace octavo::experiments::store {

/// One row of /tables/sweep: one point.
struct SweepRow {
  static constexpr const char* kTable = "sweep";

  Policy policy = Policy::baseline;
  Scope scope = Scope::model;
  std::string target;
  Tested role = Tested::both;
  std::int32_t bias = kNoBias;
  std::int32_t weight_bias = kNoBias;
  std::int32_t activation_bias = kNoBias;
  double loss = 0.0;
  double perplexity = 0.0;
  double accuracy = 0.0;
  Criterion criterion = Criterion::loss;
  Comparison to_baseline;
  Comparison to_amax;
  std::int64_t tokens = 0;
  std::int32_t run = 0;

  bool operator==(const SweepRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("policy", row.policy);
    f("scope", row.scope);
    f("target", row.target);
    f("role", row.role);
    f("bias", row.bias);
    f("weight_bias", row.weight_bias);
    f("activation_bias", row.activation_bias);
    f("loss", row.loss);
    f("perplexity", row.perplexity);
    f("accuracy", row.accuracy);
    f("criterion", row.criterion);
    visit_comparison(row.to_baseline, kToBaseline, f);
    visit_comparison(row.to_amax, kToAmax, f);
    f("tokens", row.tokens);
    f("run", row.run);
  }
};

/// One row of /tables/interval: where a constant bias holds for one (scope, target), against one reference.
struct IntervalRow {
  static constexpr const char* kTable = "interval";

  Scope scope = Scope::model;
  std::string target;
  Tested role = Tested::both;
  Reference reference = Reference::baseline;
  Criterion criterion = Criterion::loss;
  std::int32_t first_bias = 0;
  std::int32_t last_bias = 0;
  std::int32_t biases = 0;
  std::int32_t open_below = 0;  ///< 1 where the sweep begins with first_bias: the interval reaches at least so far
  std::int32_t open_above = 0;  ///< 1 where it ends with last_bias
  std::int32_t undecided = 0;   ///< swept biases whose verdict is
  std::int64_t tokens_to_decide = 0;  ///< all of those that have an estimate; kNoEstimate if none has
  std::int32_t amax_bias_min = 0;

  bool operator==(const IntervalRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("scope", row.scope);
    f("target", row.target);
    f("role", row.role);
    f("reference", row.reference);
    f("criterion", row.criterion);
    f("first_bias", row.first_bias);
    f("last_bias", row.last_bias);
    f("biases", row.biases);
    f("open_below", row.open_below);
    f("open_above", row.open_above);
    f("undecided", row.undecided);
    f("tokens_to_decide", row.tokens_to_decide);
    f("amax_bias_min", row.amax_bias_min);
  }
};

}  // namespace octavo::experiments::store
