// Small models with random weights for tests.
#pragma once

#include <memory>
#include <random>

#include "sim/model/weights.h"

namespace octavo::sim::model {

/// Small, with grouped heads (Llama), more than one block of attention, and widths that are no multiple of a vector.
inline Config small_config(Family family, bool tied_head = true) {
  Config config{.family = family,
                .layers = 3,
                .width = 36,
                .heads = 6,
                .kv_heads = family == Family::gpt ? 6 : 2,
                .head_width = 6,
                .hidden = 70,
                .vocabulary = 97,
                .context = 80,
                .activation = family == Family::gpt ? Activation::gelu_tanh : Activation::silu,
                .tied_head = tied_head};
  return config;
}

/// Every parameter drawn from a normal distribution, gains around 1.
inline std::shared_ptr<const Weights> random_weights(const Config& config, unsigned seed = 1) {
  std::mt19937 generator(seed);
  const auto tensor = [&](std::vector<std::int64_t> shape, float mean, float deviation) {
    std::normal_distribution<float> normal(mean, deviation);
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    const auto values = std::make_shared<std::vector<float>>(static_cast<std::size_t>(count));
    for (float& value : *values) value = normal(generator);
    return file::Tensor{std::move(shape), *values, values};
  };
  const bool gpt = config.family == Family::gpt;
  const auto norm = [&] {
    NormWeights weights{tensor({config.width}, 1.0F, 0.2F), {}};
    if (gpt) weights.bias = tensor({config.width}, 0.0F, 0.2F);
    return weights;
  };
  const auto linear = [&](std::int64_t outputs, std::int64_t inputs) {
    LinearWeights weights{tensor({outputs, inputs}, 0.0F, 0.25F), {}};
    if (gpt) weights.bias = tensor({outputs}, 0.0F, 0.2F);
    return weights;
  };
  const std::int64_t inner = config.heads * config.head_width;
  const std::int64_t kv_inner = config.kv_heads * config.head_width;
  auto weights = std::make_shared<Weights>();
  weights->config = config;
  weights->token_embedding = tensor({config.vocabulary, config.width}, 0.0F, 0.5F);
  if (gpt) weights->position_embedding = tensor({config.context, config.width}, 0.0F, 0.5F);
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    DecoderWeights& decoder = weights->decoders.emplace_back();
    decoder.attention_norm = norm();
    decoder.mlp_norm = norm();
    if (gpt) {
      decoder[Kind::attention_qkv] = linear(3 * inner, config.width);
    } else {
      decoder[Kind::attention_q] = linear(inner, config.width);
      decoder[Kind::attention_k] = linear(kv_inner, config.width);
      decoder[Kind::attention_v] = linear(kv_inner, config.width);
      decoder[Kind::mlp_gate] = linear(config.hidden, config.width);
    }
    decoder[Kind::attention_out] = linear(config.width, inner);
    decoder[Kind::mlp_up] = linear(config.hidden, config.width);
    decoder[Kind::mlp_down] = linear(config.width, config.hidden);
  }
  weights->final_norm = norm();
  weights->head.weight =
      config.tied_head ? weights->token_embedding : tensor({config.vocabulary, config.width}, 0.0F, 0.5F);
  return weights;
}

}  // namespace octavo::sim::model
