// Why a run cannot go on: the first tensor of a pass that is not finite, or a loss without hope.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/model/transformer.h"
#include "sim/train/step/parameters.h"

namespace octavo::sim::train {

/// Why a run cannot go on: the first tensor, in the order of computation, that is not finite. `role` is activation (x
/// or y of a linear layer), gradient (dx or dy) or weight (dw); `tensor` says more. A loss that is finite but above
/// three times that of guessing (the logarithm of the vocabulary) is a divergence, too, with tensor "loss".
struct Divergence {
  std::int64_t step = 0;
  std::string tensor;  ///< "decoder.3.mlp.up y", "loss", "head dw", ...
  std::int64_t layer = -1;
  std::string role;
  double loss = 0.0;
};

/// Looks at the tensors of a pass.
class FiniteCheck : public nn::CastObserver {
 public:
  bool wants(int, scaling::Role) const override { return false; }
  void observe(int, scaling::Role, const nn::CastOutcome&) override {}
  void inspect(int linear, nn::LinearTensor which, std::span<const float> values) override;

  bool found() const { return !tensor_.empty(); }
  const std::string& tensor() const { return tensor_; }  ///< "decoder.0.attention.q dy"; empty: all are finite
  std::int64_t layer() const { return layer_; }          ///< -1 for the head
  const std::string& role() const { return role_; }

 private:
  std::string tensor_;
  std::int64_t layer_ = -1;
  std::string role_;
};

/// What the pass of step `step` says: the first tensor that `pass` saw, else the first of the parameters' gradients
/// (which lie in `slots`), else the loss.
Divergence describe_divergence(std::int64_t step, double loss, const FiniteCheck& pass, const std::vector<Slot>& slots,
                               std::span<const float> gradients);

}  // namespace octavo::sim::train
