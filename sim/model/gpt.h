// A GPT decoder (GPT-2, Cerebras-GPT): pre-LayerNorm, fused qkv, GELU.
#pragma once

#include "sim/model/decoder.h"

namespace octavo::sim::model {

/// x [T, C] += attention, then += MLP.
template <class T>
void gpt_decoder_forward(const Config& config, const Decoder<T>& decoder, const Batch& batch, KeyValueCache<T>* cache,
                         Pass<T>& pass, T* x) {
  const std::int64_t rows = batch.rows();
  const std::int64_t width = config.width;
  const std::int64_t inner = config.heads * config.head_width;
  T* normed = pass.buffer(pass.normed, rows * width);
  T* qkv = pass.buffer(pass.q, rows * 3 * inner);
  T* mixed = pass.buffer(pass.mixed, rows * inner);
  T* up = pass.buffer(pass.up, rows * config.hidden);

  nn::norm_forward(decoder.attention_norm, x, rows, normed);
  pass.round(normed, rows * width);
  nn::LinearInput<T> attention_input(normed, rows, width);
  decoder[Kind::attention_qkv].forward(attention_input, qkv, pass.observer);
  attend<T>(config, batch, {qkv, 3 * inner}, {qkv + inner, 3 * inner}, {qkv + 2 * inner, 3 * inner}, cache, pass,
            mixed);
  pass.round(mixed, rows * inner);
  nn::LinearInput<T> out_input(mixed, rows, inner);
  decoder[Kind::attention_out].forward(out_input, normed, pass.observer);
  add(x, normed, rows * width, pass);

  nn::norm_forward(decoder.mlp_norm, x, rows, normed);
  pass.round(normed, rows * width);
  nn::LinearInput<T> mlp_input(normed, rows, width);
  decoder[Kind::mlp_up].forward(mlp_input, up, pass.observer);
#pragma omp parallel for schedule(static) if (rows * config.hidden > nn::kWorthThreads)
  for (std::int64_t t = 0; t < rows; ++t) {
    if (config.activation == Activation::gelu_erf)
      nn::gelu_erf(up + t * config.hidden, config.hidden);
    else
      nn::gelu_tanh(up + t * config.hidden, config.hidden);
  }
  pass.round(up, rows * config.hidden);
  nn::LinearInput<T> down_input(up, rows, config.hidden);
  decoder[Kind::mlp_down].forward(down_input, normed, pass.observer);
  add(x, normed, rows * width, pass);
}

}  // namespace octavo::sim::model
