// The rows of octavo sweep's tables; docs/hdf5-schema.md defines every field.
#pragma once

#include <cstdint>
#include <string>

#include "experiments/store/run_words.h"

namespace octavo::experiments::store {

/// One row of /tables/sweep: one point.
struct SweepRow {
  static constexpr const char* kTable = "sweep";

  Policy policy = Policy::baseline;
  Scope scope = Scope::model;
  std::string target;
  Tested role = Tested::both;
  std::int32_t bias = kNoBias;
  double loss = 0.0;
  double perplexity = 0.0;
  double accuracy = 0.0;
  double relative_accuracy = 0.0;
  double relative_accuracy_se = 0.0;
  double loss_increase = 0.0;
  double loss_increase_se = 0.0;
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
    f("loss", row.loss);
    f("perplexity", row.perplexity);
    f("accuracy", row.accuracy);
    f("relative_accuracy", row.relative_accuracy);
    f("relative_accuracy_se", row.relative_accuracy_se);
    f("loss_increase", row.loss_increase);
    f("loss_increase_se", row.loss_increase_se);
    f("tokens", row.tokens);
    f("run", row.run);
  }
};

/// One row of /tables/interval: where a constant bias holds for one (scope, target).
struct IntervalRow {
  static constexpr const char* kTable = "interval";

  Scope scope = Scope::model;
  std::string target;
  Tested role = Tested::both;
  std::int32_t first_bias = 0;
  std::int32_t last_bias = 0;
  std::int32_t biases = 0;
  std::int32_t amax_bias_min = 0;

  bool operator==(const IntervalRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("scope", row.scope);
    f("target", row.target);
    f("role", row.role);
    f("first_bias", row.first_bias);
    f("last_bias", row.last_bias);
    f("biases", row.biases);
    f("amax_bias_min", row.amax_bias_min);
  }
};

}  // namespace octavo::experiments::store
