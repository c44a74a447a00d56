// Gathers what the casts of an evaluation did to each tensor.
#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "experiments/evaluation/scoring.h"
#include "experiments/store/runs/run.h"
#include "scaling/recipe/recipe.h"
#include "sim/model/transformer.h"

namespace octavo::experiments {

/// What a forward pass casts, and what training does.
inline constexpr std::array kInferenceRoles{scaling::Role::weight, scaling::Role::activation};
inline constexpr std::array kTrainingRoles{scaling::Role::weight, scaling::Role::activation, scaling::Role::gradient};

/// The tensors of a model, or those of them that a recipe casts, layer by layer, kind by kind, role by role.
class TensorAxis {
 public:
  TensorAxis(const sim::model::Config& config, const scaling::Recipe& recipe,
             std::span<const scaling::Role> roles = kInferenceRoles);

  /// Every tensor of these roles, cast or not.
  explicit TensorAxis(const sim::model::Config& config, std::span<const scaling::Role> roles = kInferenceRoles);

  const std::vector<store::TensorName>& names() const { return names_; }

  /// Position of a tensor, or -1 if it is not on the axis.
  int find(int linear, scaling::Role role) const;

 private:
  template <class Wanted>
  void fill(const sim::model::Config& config, std::span<const scaling::Role> roles, const Wanted& wanted);

  std::vector<store::TensorName> names_;
  std::map<std::pair<int, scaling::Role>, int> index_;
};

/// Records the tensors whose name matches `pattern` (a recipe's wildcard over decoder.3.attention.q). The axis must
/// outlive it.
class Recorder : public sim::nn::CastObserver {
 public:
  Recorder(const TensorAxis& axis, std::string pattern);

  bool wants(int linear, scaling::Role role) const override;
  void observe(int linear, scaling::Role role, const sim::nn::CastOutcome& outcome) override;

  /// One record for each tensor seen, by ascending index.
  std::vector<store::TensorRecord> records() const;

 private:
  struct Sums {
    store::TensorRecord record;
    formats::CastStatistics statistics;
    bool powers_of_two = true;
  };

  const TensorAxis& axis_;
  std::vector<bool> wanted_;
  std::map<int, Sums> sums_;
};

/// What an evaluation found, as a run without policy and scope; tensors where a recorder is given.
store::Run run_of(const Scores& scores, const Subject& subject, const Recorder* recorder);

/// The mode of a bias histogram, the smallest among equals; store::kNoBias if it is empty.
std::int32_t mode(const std::array<std::uint32_t, scaling::kBiasBins>& histogram);

/// 10 log10(signal / error) over the finite elements; +infinity where there is no error, NaN where all are NaN.
double snr_db(const formats::CastStatistics& statistics);

}  // namespace octavo::experiments
