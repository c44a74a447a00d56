// The linear layer: y = x w^T + b under one rule of a recipe, and its derivatives.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "machine/share.h"
#include "scaling/cast.h"
#include "scaling/recipe/recipe.h"
#include "sim/gemm/engine.h"
#include "sim/nn/baseline_product.h"
#include "sim/nn/linear/cast_operand.h"
#include "sim/nn/linear/cast_pass.h"

namespace octavo::sim::nn {

/// What policies with a history know of a layer's tensors. A weight without one is scaled by its own amax, as if it had
/// always been what it is: so it is outside training.
struct LinearHistory {
  scaling::AmaxHistory input;
  scaling::AmaxHistory gradient;
  std::optional<scaling::AmaxHistory> weight;

  bool operator==(const LinearHistory&) const = default;
};

template <class T>
class Linear;

/// What a linear layer keeps of its input for the backward pass: codes where its rule casts it, else values.
template <class T>
struct KeptInput {
  std::int64_t rows = 0;
  /// Of x [rows, K]; of x^T [K, rows] where blocks along K do not serve a product that sums over rows (must_turn).
  /// Codes of at most 4 bits lie two a byte.
  std::shared_ptr<const CastTensor> cast;
  std::shared_ptr<const T[]> values;  ///< [rows, K]
};

/// Where a backward pass adds the derivatives of a layer's parameters; bias is null for a layer without one.
template <class T>
struct LinearGradients {
  T* weight = nullptr;
  T* bias = nullptr;
};

/// Whether a rule casts both operands of a product. Where it does not, an engine that takes codes only gives way to
/// fp32.
bool casts_both(const scaling::LinearRule& rule, scaling::LinearProduct product);

/// One engine a product.
using LinearEngines = std::array<std::shared_ptr<const gemm::Engine>, scaling::kLinearProductCount>;

/// The input of one or several linear layers, rows x K. Layers with the same rule share its cast and its packing,
/// unless the rule has a history, which each layer keeps for itself.
template <class T>
class LinearInput {
 public:
  LinearInput(const T* x, std::int64_t rows, std::int64_t depth) : x_(x), rows_(rows), depth_(depth) {}
  std::int64_t rows() const { return rows_; }

 private:
  friend class Linear<T>;
  const T* x_;
  std::int64_t rows_;
  std::int64_t depth_;
  std::optional<scaling::Cast> rule_;
  const gemm::Engine* engine_ = nullptr;
  std::shared_ptr<const CastTensor> cast_;
  std::shared_ptr<const CastTensor> kept_;  ///< the cast that wgrad will read, if a layer keeps it
  gemm::ScaledOperand packed_;
  std::shared_ptr<const T[]> values_;  ///< a copy, if a layer keeps it
};

/// weight [N, K], bias [N] or empty; both must outlive the layer (the values stay where they are, possibly in a mapped
/// file).
template <>
class Linear<float> {
 public:
  Linear(int number, std::span<const float> weight, std::span<const float> bias, std::int64_t outputs,
         std::int64_t inputs);

  /// Follows `rule` from now on: casts and packs the weight, unless it is so already. The engines are the rule's; where
  /// the rule leaves an operand in the baseline and the engine takes codes only, the product runs on fp32. `measure`:
  /// whether observe_weight will be asked; `backward`: whether backward() will be called, for which the weight is
  /// packed from the same cast. Throws Error if an engine refuses the format, the depth or the granularity.
  void apply(const scaling::LinearRule& rule, scaling::Baseline baseline, const LinearEngines& engines,
             bool measure = true, bool backward = false);

  /// The values of weight and bias are others now: the next apply() casts them again. `draw` seeds stochastic rounding.
  void weight_changed(std::uint64_t draw = 0);

  /// y[t, n], rows x N, overwritten. Not before apply(). `kept`, if given, is what backward() will want.
  void forward(LinearInput<float>& x, float* y, const CastPass& pass, KeptInput<float>* kept = nullptr) const;

  /// dx = dy w (overwritten, or added to if `add`; not computed if null), dw += dy^T x, db += the sum of dy over rows,
  /// from dy [rows, N] and what forward() kept. dy, w and x are cast as they were for the forward pass where their
  /// scales cover whole tensors or square blocks: then one cast serves all products. Else each product has a cast of
  /// its own from values, with blocks along the dimension that it sums over. db is made of dy before the cast. Products
  /// are unscaled and rounded to the baseline before they are added.
  void backward(const KeptInput<float>& x, const float* dy, float* dx, bool add, LinearGradients<float> gradients,
                const CastPass& pass);

  /// Tells the observer what casting the weight did; nothing if the rule leaves it in the baseline.
  void observe_weight(CastObserver& observer) const;

  /// A micro-batch, or a step, is at its end: the histories that advance then take in what was seen, and the weight's
  /// amax, and what they took is reset in `seen`.
  void advance(scaling::Advance end, LinearAmax& seen);

  /// Puts another history in place and returns the one that was there.
  LinearHistory exchange_history(LinearHistory history);
  const LinearHistory& history() const { return history_; }

  std::int64_t outputs() const { return outputs_; }

 private:
  std::span<const float> weight_values(std::vector<float>& storage) const;
  bool has_scale_of_history() const;
  CastTensor cast_weight(std::span<const float> values, bool measure);
  void pack_transposed_weight(std::span<const float> values, const CastTensor* codes);
  std::shared_ptr<const CastTensor> kept_cast(LinearInput<float>& x, std::span<const float> values,
                                              const CastPass& pass) const;
  void input_gradient(std::span<const float> dy, const CastTensor* codes, std::int64_t rows, float* dx, bool add_to,
                      CastObserver* observer);
  void weight_gradient(const KeptInput<float>& x, std::span<const float> dy, const CastTensor* codes,
                       const CastPass& pass, float* dw) const;

  int number_;
  std::span<const float> weight_;
  std::span<const float> bias_values_;
  std::int64_t outputs_;
  std::int64_t inputs_;
  bool ready_ = false;
  scaling::LinearRule rule_;
  scaling::Baseline baseline_ = scaling::Baseline::fp32;
  LinearEngines engines_;
  std::uint64_t weight_draw_ = 0;
  std::shared_ptr<const CastOutcome> weight_outcome_;
  formats::MeasuredAmax weight_amax_;  ///< of the cast, under a policy with a history
  scaling::Scale weight_scale_;        ///< of the cast, under one scale a tensor
  gemm::ScaledOperand packed_;
  gemm::ScaledOperand transposed_;  ///< for dgrad
  LinearHistory history_;
  std::vector<float> rounded_bias_;
};

/// Without casts, in double: for gradient checks and as a reference.
template <>
class Linear<double> {
 public:
  Linear(int, std::span<const float> weight, std::span<const float> bias, std::int64_t outputs, std::int64_t inputs)
      : weight_(weight.begin(), weight.end()), bias_(bias.begin(), bias.end()), outputs_(outputs), inputs_(inputs) {}

  void apply(const scaling::LinearRule&, scaling::Baseline, const LinearEngines&, bool = true, bool = false) {}
  void weight_changed(std::uint64_t = 0) {}

  void forward(LinearInput<double>& x, double* y, const CastPass&, KeptInput<double>* kept = nullptr) const {
    multiply(Factor<double>(gemm::Side::a, {x.x_, x.rows_, inputs_, inputs_, 1}),
             Factor<double>(gemm::Side::b, {weight_.data(), outputs_, inputs_, inputs_, 1}), y, outputs_);
    for (std::int64_t t = 0; t < x.rows_ && !bias_.empty(); ++t)
      for (std::int64_t n = 0; n < outputs_; ++n) y[t * outputs_ + n] += bias_[static_cast<std::size_t>(n)];
    if (kept == nullptr) return;
    const auto values = std::make_shared_for_overwrite<double[]>(static_cast<std::size_t>(x.rows_ * inputs_));
    machine::copy(x.x_, x.rows_ * inputs_, values.get());
    *kept = {x.rows_, nullptr, values};
  }

  void backward(const KeptInput<double>& x, const double* dy, double* dx, bool add, LinearGradients<double> gradients,
                const CastPass&) const {
    if (dx != nullptr)
      multiply(Factor<double>(gemm::Side::a, {dy, x.rows, outputs_, outputs_, 1}),
               Factor<double>(gemm::Side::b, {weight_.data(), inputs_, outputs_, 1, inputs_}), dx, inputs_, add);
    multiply(Factor<double>(gemm::Side::a, {dy, outputs_, x.rows, 1, outputs_}),
             Factor<double>(gemm::Side::b, {x.values.get(), inputs_, x.rows, 1, inputs_}), gradients.weight, inputs_,
             true);
    for (std::int64_t t = 0; t < x.rows && gradients.bias != nullptr; ++t)
      for (std::int64_t n = 0; n < outputs_; ++n) gradients.bias[n] += dy[t * outputs_ + n];
  }

  void observe_weight(CastObserver&) const {}
  void advance(scaling::Advance, LinearAmax&) {}
  LinearHistory exchange_history(LinearHistory) { return {}; }
  LinearHistory history() const { return {}; }
  std::int64_t outputs() const { return outputs_; }

 private:
  std::vector<double> weight_;
  std::vector<double> bias_;
  std::int64_t outputs_;
  std::int64_t inputs_;
};

}  // namespace octavo::sim::nn
