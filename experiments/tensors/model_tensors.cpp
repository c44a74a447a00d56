// Sums over the tensors of a model.
#include "experiments/tensors/model_tensors.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "experiments/evaluation/recorder.h"

namespace octavo::experiments {

using sim::model::Kind;

void ModelTensors::inspect(int linear, sim::nn::LinearTensor which, std::span<const float> values) {
  if (linear >= 0 && which == sim::nn::LinearTensor::x) add("activations", linear, values, tokens_);
}

void ModelTensors::inspect_weights() {
  for (std::int64_t layer = 0; layer < weights_.config.layers; ++layer)
    for (const Kind kind : sim::model::kinds(weights_.config.family))
      add("weights", sim::model::linear_number(layer, kind), tensor(layer, kind).values, tensor(layer, kind).shape[0]);
}

void ModelTensors::write(FormatRows& curves, std::vector<store::FormatRow>& rows, const Progress& progress) const {
  double done = 0.0;
  for (const auto& [name, source] : sources_) {
    progress(done++ / static_cast<double>(sources_.size()), name);
    curves.curves(name, source.sample);
    for (std::size_t i = 0; i < casts_.policies.size(); ++i) {
      rows.push_back(row_of(name, casts_.policies[i], source.statistics[i]));
      rows.back().bias = mode(source.biases[i]);
    }
  }
}

const sim::file::Tensor& ModelTensors::tensor(std::int64_t layer, Kind kind) const {
  return weights_.decoders[static_cast<std::size_t>(layer)][kind].weight;
}

void ModelTensors::add(const std::string& role, int linear, std::span<const float> values, std::int64_t rows) {
  const Kind kind = sim::model::kind_of(linear);
  const std::int64_t columns = tensor(sim::model::layer_of(linear), kind).shape[1];
  std::vector<scaling::CastTensor> results;
  for (const NamedCast& named : casts_.policies) results.push_back(scaling::cast(values, columns, named.cast, true));
  const std::int64_t of_kind = rows * columns * weights_.config.layers;
  for (const auto& [name, total] :
       {std::pair(role, of_kind * static_cast<std::int64_t>(sim::model::kinds(weights_.config.family).size())),
        std::pair(role + " " + std::string(sim::model::name(kind)), of_kind)}) {
    Source& source = sources_[name];
    if (source.statistics.empty()) {
      source.statistics.resize(results.size());
      source.biases.resize(results.size());
      source.stride = std::max<std::int64_t>(1, total / elements_);
      while (std::gcd(source.stride, columns) != 1) ++source.stride;  // not the same columns in every row
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
      source.statistics[i] += results[i].outcome->statistics;
      for (std::size_t bin = 0; bin < source.biases[i].size(); ++bin)
        source.biases[i][bin] += results[i].outcome->biases[bin];
    }
    const auto count = static_cast<std::int64_t>(values.size());
    for (std::int64_t i = (source.stride - source.seen % source.stride) % source.stride; i < count; i += source.stride)
      source.sample.push_back(values[static_cast<std::size_t>(i)]);
    source.seen += count;
  }
}

}  // namespace octavo::experiments
