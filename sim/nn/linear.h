// The linear layer: the only module that casts to 8 bits. y = x W^T + b under one rule of a recipe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "formats/quantize.h"
#include "scaling/recipe.h"
#include "sim/gemm/engine.h"
#include "sim/nn/product.h"

namespace octavo::sim::nn {

/// What casting one tensor did.
struct CastOutcome {
  int bias = 0;
  formats::Amax amax;
  formats::CastStatistics statistics;
  std::array<std::uint64_t, 256> exponents{};  ///< elements by biased binary32 exponent, before scaling
};

/// Sees each cast of a forward pass in order. `linear` is the number that the layer was made with.
class CastObserver {
 public:
  virtual ~CastObserver() = default;
  virtual bool wants(int linear, scaling::Role role) const = 0;
  virtual void observe(int linear, scaling::Role role, const CastOutcome& outcome) = 0;
};

/// Codes of a tensor and the bias that its values were multiplied by.
struct CastTensor {
  std::unique_ptr<std::uint8_t[]> codes;
  int bias = 0;
  std::shared_ptr<const CastOutcome> outcome;  ///< if asked for
};

/// x8 = encode(x * 2^bias), saturating, nearest even, with the bias that the policy gives for x. The same bits and
/// statistics for any number of threads.
CastTensor cast(std::span<const float> x, const scaling::Cast& rule, bool with_outcome);

template <class T>
class Linear;

/// The input of one or several linear layers, rows x K. Layers with the same rule share its cast and its packing.
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
  CastTensor cast_;
  std::unique_ptr<gemm::Packed> packed_;
};

/// weight [N, K], bias [N] or empty; both must outlive the layer (the values stay where they are, possibly in a mapped
/// file).
template <>
class Linear<float> {
 public:
  Linear(int number, std::span<const float> weight, std::span<const float> bias, std::int64_t outputs,
         std::int64_t inputs);

  /// Follows `rule` from now on: casts and packs the weight, unless it is so already. The engine is the rule's; where
  /// the rule leaves an operand in the baseline and the engine takes codes only, the product runs on fp32. Throws Error
  /// if the engine refuses the format or the depth.
  void apply(const scaling::LinearRule& rule, scaling::Baseline baseline,
             const std::shared_ptr<const gemm::Engine>& engine);

  /// y[t, n], rows x N, overwritten. Not before apply().
  void forward(LinearInput<float>& x, float* y, CastObserver* observer) const;

  /// Tells the observer what casting the weight did; nothing if the rule leaves it in the baseline.
  void observe_weight(CastObserver& observer) const;

  std::int64_t outputs() const { return outputs_; }

 private:
  int number_;
  std::span<const float> weight_;
  std::span<const float> bias_values_;
  std::int64_t outputs_;
  std::int64_t inputs_;
  bool ready_ = false;
  scaling::LinearRule rule_;
  scaling::Baseline baseline_ = scaling::Baseline::fp32;
  std::shared_ptr<const gemm::Engine> engine_;
  int weight_bias_ = 0;
  std::shared_ptr<const CastOutcome> weight_outcome_;
  std::unique_ptr<gemm::Packed> packed_;
  std::vector<float> rounded_bias_;
};

/// Without casts, in double: for gradient checks and as a reference.
template <>
class Linear<double> {
 public:
  Linear(int, std::span<const float> weight, std::span<const float> bias, std::int64_t outputs, std::int64_t inputs)
      : weight_(weight.begin(), weight.end()), bias_(bias.begin(), bias.end()), outputs_(outputs), inputs_(inputs) {}

  void apply(const scaling::LinearRule&, scaling::Baseline, const std::shared_ptr<const gemm::Engine>&) {}

  void forward(LinearInput<double>& x, double* y, CastObserver*) const {
    multiply(Factor<double>(gemm::Side::a, {x.x_, x.rows_, inputs_, inputs_, 1}),
             Factor<double>(gemm::Side::b, {weight_.data(), outputs_, inputs_, inputs_, 1}), y, outputs_);
    for (std::int64_t t = 0; t < x.rows_ && !bias_.empty(); ++t)
      for (std::int64_t n = 0; n < outputs_; ++n) y[t * outputs_ + n] += bias_[static_cast<std::size_t>(n)];
  }

  void observe_weight(CastObserver&) const {}
  std::int64_t outputs() const { return outputs_; }

 private:
  std::vector<double> weight_;
  std::vector<double> bias_;
  std::int64_t outputs_;
  std::int64_t inputs_;
};

}  // namespace octavo::sim::nn
