// The rows of octavo run accumulation's tables; docs/hdf5-schema.md defines every field.
#pragma once

#include <cstdint>
#include <string>

namespace octavo::experiments::store {

/// One row of /tables/accumulation: products of one distribution and K on one engine.
struct AccumulationRow {
  static constexpr const char* kTable = "accumulation";

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
  static constexpr const char* kTable = "accumulation_model";

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
