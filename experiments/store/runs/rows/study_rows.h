// The rows of the studies' tables; docs/hdf5-schema.md defines every field.
#pragma once

#include <cstdint>
#include <string>

#include "experiments/store/run_words.h"
#include "experiments/store/runs/rows/comparison.h"

namespace octavo::experiments::store {

/// One row of /tables/outcomes: a model under a policy on held-out data.
struct OutcomeRow {
  static constexpr const char* kTable = "outcomes";

  std::string task;
  Stage stage = Stage::inference;
  std::string model;
  std::int64_t parameters = 0;
  std::int64_t seed = 0;
  Policy policy = Policy::baseline;
  std::int32_t bias = kNoBias;
  std::string format;  ///< of weights and activations
  double loss = 0.0;
  double accuracy = 0.0;
  Comparison to_baseline;
  std::int64_t scored = 0;
  std::string stopped;

  bool operator==(const OutcomeRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("task", row.task);
    f("stage", row.stage);
    f("model", row.model);
    f("parameters", row.parameters);
    f("seed", row.seed);
    f("policy", row.policy);
    f("bias", row.bias);
    f("format", row.format);
    f("loss", row.loss);
    f("accuracy", row.accuracy);
    visit_comparison(row.to_baseline, kToBaseline, f);
    f("scored", row.scored);
    f("stopped", row.stopped);
  }
};

/// One row of /tables/bias_intervals: where a constant bias does not fail for one model and seed.
struct BiasIntervalRow {
  static constexpr const char* kTable = "bias_intervals";

  std::string task;
  Stage stage = Stage::inference;
  std::string model;
  std::int64_t parameters = 0;
  std::int64_t seed = 0;
  std::int32_t first_bias = 0;
  std::int32_t last_bias = 0;
  std::int32_t biases = 0;
  std::int32_t open_below = 0;  ///< 1 where first_bias is the lowest bias of the search
  std::int32_t open_above = 0;  ///< 1 where last_bias is the highest
  std::int32_t undecided = 0;   ///< biases in it that were looked at and neither hold nor fail
  std::int32_t amax_bias_min = 0;

  bool operator==(const BiasIntervalRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("task", row.task);
    f("stage", row.stage);
    f("model", row.model);
    f("parameters", row.parameters);
    f("seed", row.seed);
    f("first_bias", row.first_bias);
    f("last_bias", row.last_bias);
    f("biases", row.biases);
    f("open_below", row.open_below);
    f("open_above", row.open_above);
    f("undecided", row.undecided);
    f("amax_bias_min", row.amax_bias_min);
  }
};

/// One row of /tables/tensor_biases: the AMAX bias of one tensor at one step.
struct TensorBiasRow {
  static constexpr const char* kTable = "tensor_biases";

  std::string model;
  std::int64_t seed = 0;
  std::int64_t step = 0;
  std::int32_t layer = 0;
  std::string kind;
  scaling::Role role = scaling::Role::weight;
  std::int32_t bias = 0;
  double amax = 0.0;

  bool operator==(const TensorBiasRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("model", row.model);
    f("seed", row.seed);
    f("step", row.step);
    f("layer", row.layer);
    f("kind", row.kind);
    f("role", row.role);
    f("bias", row.bias);
    f("amax", row.amax);
  }
};

/// One row of /tables/loss_curves: the training loss of one step.
struct LossCurveRow {
  static constexpr const char* kTable = "loss_curves";

  std::string model;
  std::int64_t seed = 0;
  Policy policy = Policy::baseline;
  std::int64_t step = 0;
  double loss = 0.0;

  bool operator==(const LossCurveRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("model", row.model);
    f("seed", row.seed);
    f("policy", row.policy);
    f("step", row.step);
    f("loss", row.loss);
  }
};

/// One row of /tables/overflows: outputs of one product that FP16 sums overflow in, under one margin.
struct OverflowRow {
  static constexpr const char* kTable = "overflows";

  std::string model;
  MarginOf margin_of = MarginOf::gradient;
  std::int32_t margin = 0;
  std::string product;  ///< y, dx, dw
  std::int64_t outputs = 0;
  std::int64_t overflowed = 0;
  double share = 0.0;

  bool operator==(const OverflowRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("model", row.model);
    f("margin_of", row.margin_of);
    f("margin", row.margin);
    f("product", row.product);
    f("outputs", row.outputs);
    f("overflowed", row.overflowed);
    f("share", row.share);
  }
};

/// One row of /tables/loss_scales: training with one accumulator and loss scale.
struct LossScaleRow {
  static constexpr const char* kTable = "loss_scales";

  std::string model;
  std::int64_t seed = 0;
  scaling::Baseline baseline = scaling::Baseline::fp32;
  std::string engine;
  double loss_scale = 1.0;
  double loss = 0.0;  ///< held-out
  double loss_increase = 0.0;
  std::string stopped;

  bool operator==(const LossScaleRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("model", row.model);
    f("seed", row.seed);
    f("baseline", row.baseline);
    f("engine", row.engine);
    f("loss_scale", row.loss_scale);
    f("loss", row.loss);
    f("loss_increase", row.loss_increase);
    f("stopped", row.stopped);
  }
};

/// One row of /tables/lost_gradients: the derivatives of one model's parameters under one arithmetic and loss scale.
struct LostGradientRow {
  static constexpr const char* kTable = "lost_gradients";

  std::string model;
  std::int64_t seed = 0;
  scaling::Baseline baseline = scaling::Baseline::fp32;
  std::string engine;
  double loss_scale = 1.0;
  std::int64_t derivatives = 0;  ///< those that are not 0 in FP32
  std::int64_t flushed = 0;      ///< of them, 0 here
  std::int64_t not_finite = 0;
  double relative_error = 0.0;  ///< norm of the difference from FP32's, by the norm of FP32's; NaN with `not_finite`

  bool operator==(const LostGradientRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("model", row.model);
    f("seed", row.seed);
    f("baseline", row.baseline);
    f("engine", row.engine);
    f("loss_scale", row.loss_scale);
    f("derivatives", row.derivatives);
    f("flushed", row.flushed);
    f("not_finite", row.not_finite);
    f("relative_error", row.relative_error);
  }
};

/// One row of /tables/claims: what a paper claims, and whether the run shows it.
struct ClaimRow {
  static constexpr const char* kTable = "claims";

  std::string item;       ///< of the paper
  std::string claim;      ///< in a sentence
  std::string criterion;  ///< what decides
  std::string found;      ///< the numbers that it was decided by
  std::int32_t shown = 0;

  bool operator==(const ClaimRow&) const = default;

  template <class Row, class Visitor>
  static void visit(Row& row, Visitor&& f) {
    f("item", row.item);
    f("claim", row.claim);
    f("criterion", row.criterion);
    f("found", row.found);
    f("shown", row.shown);
  }
};

}  // namespace octavo::experiments::store
