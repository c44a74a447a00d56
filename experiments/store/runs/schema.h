// What the files are called and what their tables' rows hold; docs/hdf5-schema.md defines every field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "experiments/store/runs/run.h"

namespace octavo::experiments::store {

inline constexpr std::string_view kRunsSchema = "octavo-runs";
inline constexpr std::string_view kPartSchema = "octavo-part";
inline constexpr std::int32_t kSchemaVersion = 1;

// A row's visit(row, f) calls f(column name, member) in the order of the columns, for a row that is const or not.

/// One row of /tables/sweep: one point.
struct SweepRow {
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

/// One row of /tables/quantize: a tensor under a format and a scaling.
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
  double scale = 1.0;
  std::uint64_t blocks = 1;
  double bits_per_element = 0.0;
  double effective_bits = 0.0;
  double code_entropy_bits = 0.0;
  std::int32_t codes_used = 0;

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
    f("scale", row.scale);
    f("blocks", row.blocks);
    f("bits_per_element", row.bits_per_element);
    f("effective_bits", row.effective_bits);
    f("code_entropy_bits", row.code_entropy_bits);
    f("codes_used", row.codes_used);
  }
};

/// One row of /tables/formats: a source of values under a format and a scaling.
struct FormatRow {
  std::string source;
  std::string format;
  std::string scaling;
  std::int32_t bias = 0;
  double snr_db = 0.0;
  double others_snr_db = 0.0;
  double underflow_fraction = 0.0;
  double overflow_fraction = 0.0;
  std::uint64_t elements = 0;

  bool operator==(const FormatRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("source", row.source);
    f("format", row.format);
    f("scaling", row.scaling);
    f("bias", row.bias);
    f("snr_db", row.snr_db);
    f("others_snr_db", row.others_snr_db);
    f("underflow_fraction", row.underflow_fraction);
    f("overflow_fraction", row.overflow_fraction);
    f("elements", row.elements);
  }
};

/// One row of /tables/accumulation: products of one distribution and K on one engine.
struct AccumulationRow {
  std::string distribution;
  std::int32_t k = 0;
  std::string engine;
  std::string accumulator;
  std::int32_t promotion = 0;
  std::string product;
  std::int64_t outputs = 0;
  std::int64_t differing = 0;
  std::int64_t non_finite = 0;
  double median_relative_error = 0.0;
  double largest_relative_error = 0.0;
  double normwise_relative_error = 0.0;
  double mean_signed_relative_error = 0.0;

  bool operator==(const AccumulationRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("distribution", row.distribution);
    f("k", row.k);
    f("engine", row.engine);
    f("accumulator", row.accumulator);
    f("promotion", row.promotion);
    f("product", row.product);
    f("outputs", row.outputs);
    f("differing", row.differing);
    f("non_finite", row.non_finite);
    f("median_relative_error", row.median_relative_error);
    f("largest_relative_error", row.largest_relative_error);
    f("normwise_relative_error", row.normwise_relative_error);
    f("mean_signed_relative_error", row.mean_signed_relative_error);
  }
};

/// One row of /tables/accumulation_model: a model on one engine.
struct AccumulationModelRow {
  std::string engine;
  std::string accumulator;
  std::int32_t promotion = 0;
  std::string product;
  double loss = 0.0;
  double perplexity = 0.0;
  double accuracy = 0.0;
  double loss_increase = 0.0;
  double loss_increase_se = 0.0;
  std::int64_t tokens = 0;

  bool operator==(const AccumulationModelRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("engine", row.engine);
    f("accumulator", row.accumulator);
    f("promotion", row.promotion);
    f("product", row.product);
    f("loss", row.loss);
    f("perplexity", row.perplexity);
    f("accuracy", row.accuracy);
    f("loss_increase", row.loss_increase);
    f("loss_increase_se", row.loss_increase_se);
    f("tokens", row.tokens);
  }
};

}  // namespace octavo::experiments::store
