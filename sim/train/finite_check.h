// Finds the first tensor of a pass that is not finite.
#pragma once

#include <string>

#include "sim/model/transformer.h"

namespace octavo::sim::train {

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

/// True if no element is infinite or NaN.
bool all_finite(std::span<const float> values);

}  // namespace octavo::sim::train
