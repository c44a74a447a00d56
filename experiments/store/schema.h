// What the files are called and what their tables' rows hold; docs/hdf5-schema.md defines every field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "experiments/store/run.h"

namespace octavo::experiments::store {

inline constexpr std::string_view kRunsSchema = "octavo-runs";
inline constexpr std::string_view kPartSchema = "octavo-part";
inline constexpr std::int32_t kSchemaVersion = 1;

// A row's visit(row, f) calls f(column name, member) in the order of the columns, for a row that is const or not.

/// One row of /tables/sweep: one point.
struct SweepRow {
  std::string policy;
  std::string scope;
  std::string target;
  std::string role;
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
  std::string scope;
  std::string target;
  std::string role;
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

/// One row of /tables/quantize: a tensor under a format.
struct QuantizeRow {
  std::string tensor;
  std::string format;
  std::string scaling;
  std::int32_t bias = 0;
  double amax = 0.0;
  double snr_db = 0.0;
  double underflow_fraction = 0.0;
  double overflow_fraction = 0.0;
  std::uint64_t elements = 0;
  std::int32_t run = 0;

  bool operator==(const QuantizeRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("tensor", row.tensor);
    f("format", row.format);
    f("scaling", row.scaling);
    f("bias", row.bias);
    f("amax", row.amax);
    f("snr_db", row.snr_db);
    f("underflow_fraction", row.underflow_fraction);
    f("overflow_fraction", row.overflow_fraction);
    f("elements", row.elements);
    f("run", row.run);
  }
};

}  // namespace octavo::experiments::store
