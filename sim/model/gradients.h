// The derivatives of a model's parameters: one buffer, laid out as visit_parameters goes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/weights.h"
#include "sim/nn/linear/linear.h"

namespace octavo::sim::model {

/// Where a parameter stands in the model.
struct ParameterName {
  std::string name;         ///< "token_embedding", "decoder.3.mlp.up.weight", ...
  std::int64_t layer = -1;  ///< -1 outside of the decoders
};

/// Calls f(name, parameter) for every parameter, in one order for every model: embeddings, decoders, final norm, head.
/// `Model` is Weights or Gradients. A head tied to the embedding does not come again.
template <class Model, class Function>
void visit_parameters(const Config& config, Model& model, const Function& f) {
  f(ParameterName{"token_embedding"}, model.token_embedding);
  if (config.family == Family::gpt) f(ParameterName{"position_embedding"}, model.position_embedding);
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    auto& decoder = model.decoders[static_cast<std::size_t>(layer)];
    const std::string before = "decoder." + std::to_string(layer) + ".";
    const auto norm = [&](const std::string& name, auto& parameters) {
      f(ParameterName{before + name + ".gain", layer}, parameters.gain);
      f(ParameterName{before + name + ".bias", layer}, parameters.bias);
    };
    norm("attention_norm", decoder.attention_norm);
    norm("mlp_norm", decoder.mlp_norm);
    for (const Kind kind : kinds(config.family)) {
      auto& linear = decoder.linear[static_cast<std::size_t>(kind)];
      f(ParameterName{before + std::string(name(kind)) + ".weight", layer}, linear.weight);
      f(ParameterName{before + std::string(name(kind)) + ".bias", layer}, linear.bias);
    }
  }
  f(ParameterName{"final_norm.gain"}, model.final_norm.gain);
  f(ParameterName{"final_norm.bias"}, model.final_norm.bias);
  if (!config.tied_head) f(ParameterName{"head.weight"}, model.head.weight);
}

/// Elements of all parameters, a tied head once.
inline std::int64_t parameter_count(const Weights& weights) {
  std::int64_t count = 0;
  visit_parameters(weights.config, weights, [&](const ParameterName&, const file::Tensor& tensor) {
    count += static_cast<std::int64_t>(tensor.values.size());
  });
  return count;
}

template <class T>
struct NormGradients {
  T* gain = nullptr;
  T* bias = nullptr;
};

template <class T>
struct DecoderGradients {
  NormGradients<T> attention_norm;
  NormGradients<T> mlp_norm;
  std::array<nn::LinearGradients<T>, kKindCount> linear{};
};

/// Null where the model has no such parameter; a tied head is the token embedding's.
template <class T>
struct Gradients {
  std::vector<T> values;  ///< of all parameters, in the order of visit_parameters
  T* token_embedding = nullptr;
  T* position_embedding = nullptr;
  std::vector<DecoderGradients<T>> decoders;
  NormGradients<T> final_norm;
  nn::LinearGradients<T> head;

  /// Zeros, one for each parameter of `weights`.
  explicit Gradients(const Weights& weights) : decoders(weights.decoders.size()) {
    std::vector<std::size_t> sizes;
    visit_parameters(weights.config, weights,
                     [&](const ParameterName&, const file::Tensor& tensor) { sizes.push_back(tensor.values.size()); });
    std::size_t total = 0;
    for (const std::size_t size : sizes) total += size;
    values.resize(total);
    T* next = values.data();
    std::size_t index = 0;
    visit_parameters(weights.config, *this, [&](const ParameterName&, T*& place) {
      place = sizes[index] > 0 ? next : nullptr;
      next += sizes[index++];
    });
    if (weights.config.tied_head) head.weight = token_embedding;
  }
  Gradients(const Gradients&) = delete;
  Gradients& operator=(const Gradients&) = delete;
};

}  // namespace octavo::sim::model
