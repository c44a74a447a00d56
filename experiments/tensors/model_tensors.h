// The tensors that formats are judged on besides random ones: a model's weights, and the inputs of its linear layers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "experiments/evaluation/scoring.h"
#include "experiments/evaluation/subject.h"
#include "experiments/tensors/format_rows.h"

namespace octavo::experiments {

/// Casts what it sees under every policy, tensor by tensor, and sums up the statistics of each source: weights and
/// activations, all together and kind by kind.
class ModelTensors : public sim::nn::CastObserver {
 public:
  /// `elements`: of a source, at most, that its curves are made from, evenly spaced. `casts` must outlive it.
  ModelTensors(const Subject& subject, std::int64_t elements, const Casts& casts)
      : weights_(*subject.weights), tokens_(subject.tokens), elements_(elements), casts_(casts) {}

  bool wants(int, scaling::Role) const override { return false; }
  void observe(int, scaling::Role, const scaling::CastOutcome&) override {}

  /// Takes in the inputs of linear layers.
  void inspect(int linear, sim::nn::LinearTensor which, std::span<const float> values) override;

  void inspect_weights();

  /// Appends the rows of every source to `rows`, its curves through `curves`. `progress` gets the share done, in [0,
  /// 1), and the source.
  void write(FormatRows& curves, std::vector<store::FormatRow>& rows, const Progress& progress) const;

 private:
  /// What tensors of one source have given: sums under each policy, and a sample of values.
  struct Source {
    std::vector<formats::CastStatistics> statistics;
    std::vector<std::array<std::uint32_t, scaling::kBiasBins>> biases;
    std::vector<float> sample;
    std::int64_t stride = 1;
    std::int64_t seen = 0;
  };

  const sim::file::Tensor& tensor(std::int64_t layer, sim::model::Kind kind) const;

  /// `rows`: of the tensor that all values of this source in this layer add up to.
  void add(const std::string& role, int linear, std::span<const float> values, std::int64_t rows);

  const sim::model::Weights& weights_;
  std::int64_t tokens_;
  std::int64_t elements_;
  const Casts& casts_;
  std::map<std::string, Source> sources_;
};

}  // namespace octavo::experiments
