// Records every tensor that meets a linear layer: what a cast did where there is one, magnitudes where there is none.
#pragma once

#include <map>
#include <vector>

#include "experiments/evaluation/recorder.h"
#include "experiments/evaluation/subject.h"

namespace octavo::experiments {

/// `axis`: of every tensor. `recipe`: that of the pass, which decides what is cast. Both must outlive it, as the
/// subject must.
class EveryTensor : public sim::nn::CastObserver {
 public:
  EveryTensor(const TensorAxis& axis, const Subject& subject, const scaling::Recipe& recipe);

  bool wants(int linear, scaling::Role role) const override { return casts_.wants(linear, role); }
  void observe(int linear, scaling::Role role, const sim::nn::CastOutcome& outcome) override {
    casts_.observe(linear, role, outcome);
  }
  void inspect(int linear, sim::nn::LinearTensor which, std::span<const float> values) override;

  /// One record for each tensor, by ascending index.
  std::vector<store::TensorRecord> records() const;

 private:
  void add(int index, std::span<const float> values);

  const TensorAxis& axis_;
  Recorder casts_;
  std::vector<bool> cast_;                    ///< by index
  std::map<int, store::TensorRecord> plain_;  ///< of tensors that are not cast
};

}  // namespace octavo::experiments
