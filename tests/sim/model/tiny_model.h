// Random tiny models of both families, every parameter in memory of its own, for tests of training.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "sim/file/tensor.h"
#include "sim/model/config.h"
#include "sim/model/weights.h"

namespace octavo::sim::model {

inline Config tiny_config(Family family) {
  Config c;
  c.family = family;
  c.layers = 2;
  c.width = 8;
  c.heads = 4;
  c.kv_heads = family == Family::gpt ? 4 : 2;
  c.head_width = 2;
  c.hidden = 12;
  c.vocabulary = 11;
  c.context = 6;
  c.norm_epsilon = 1e-3;
  c.activation = family == Family::gpt ? Activation::gelu_tanh : Activation::silu;
  c.tied_head = family == Family::gpt;
  return c;
}

/// Multiples of 2^-16 below 1 in magnitude (about 1 for gains), so that small steps from them are floats too.
inline Weights tiny_weights(const Config& c, unsigned seed = 1) {
  std::mt19937 generator(seed);
  const auto matrix = [&](std::int64_t n, std::int64_t k) {
    std::vector<std::int64_t> shape{n, k};
    return file::filled(shape, [&](float* out) {
      for (std::int64_t i = 0; i < n * k; ++i)
        out[i] = std::ldexp(static_cast<float>(generator() % 65537) - 32768.0F, -16);
    });
  };
  const auto vector = [&](std::int64_t n, float mean) {
    std::vector<std::int64_t> shape{n};
    return file::filled(shape, [&](float* out) {
      for (std::int64_t i = 0; i < n; ++i)
        out[i] = mean + std::ldexp(static_cast<float>(generator() % 65537) - 32768.0F, -17);
    });
  };
  const bool gpt = c.family == Family::gpt;
  Weights w;
  w.config = c;
  w.token_embedding = matrix(c.vocabulary, c.width);
  if (gpt) w.position_embedding = matrix(c.context, c.width);
  const auto norm = [&] { return NormWeights{vector(c.width, 1.0F), gpt ? vector(c.width, 0.0F) : file::Tensor{}}; };
  const std::int64_t inner = c.heads * c.head_width, kv = c.kv_heads * c.head_width;
  for (std::int64_t layer = 0; layer < c.layers; ++layer) {
    DecoderWeights decoder;
    decoder.attention_norm = norm();
    decoder.mlp_norm = norm();
    const auto linear = [&](Kind kind, std::int64_t outputs, std::int64_t inputs) {
      decoder[kind].weight = matrix(outputs, inputs);
      if (gpt) decoder[kind].bias = vector(outputs, 0.0F);
    };
    if (gpt) {
      linear(Kind::attention_qkv, 3 * inner, c.width);
    } else {
      linear(Kind::attention_q, inner, c.width);
      linear(Kind::attention_k, kv, c.width);
      linear(Kind::attention_v, kv, c.width);
      linear(Kind::mlp_gate, c.hidden, c.width);
    }
    linear(Kind::attention_out, c.width, inner);
    linear(Kind::mlp_up, c.hidden, c.width);
    linear(Kind::mlp_down, c.width, c.hidden);
    w.decoders.push_back(std::move(decoder));
  }
  w.final_norm = norm();
  w.head.weight = c.tied_head ? w.token_embedding : matrix(c.vocabulary, c.width);
  return w;
}

}  // namespace octavo::sim::model
