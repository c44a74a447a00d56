// A Llama decoder (Llama 2 and 3, SmolLM2): pre-RMSNorm, rotary positions, grouped-query attention, SwiGLU.
#pragma once

#include "sim/model/decoder.h"

namespace octavo::sim::model {

/// x [T, C] += attention, then += MLP.
template <class T>
void llama_decoder_forward(const Config& config, const Decoder<T>& decoder, const Batch& batch, KeyValueCache<T>* cache,
                           Pass<T>& pass, T* x) {
  const std::int64_t rows = batch.rows();
  const std::int64_t width = config.width;
  const std::int64_t inner = config.heads * config.head_width;
  const std::int64_t kv_inner = config.kv_heads * config.head_width;
  T* normed = pass.buffer(pass.normed, rows * width);
  T* q = pass.buffer(pass.q, rows * inner);
  T* k = pass.buffer(pass.k, rows * kv_inner);
  T* v = pass.buffer(pass.v, rows * kv_inner);
  T* mixed = pass.buffer(pass.mixed, rows * inner);
  T* gate = pass.buffer(pass.gate, rows * config.hidden);
  T* up = pass.buffer(pass.up, rows * config.hidden);

  nn::norm_forward(decoder.attention_norm, x, rows, normed);
  pass.round(normed, rows * width);
  nn::LinearInput<T> attention_input(normed, rows, width);
  decoder[Kind::attention_q].forward(attention_input, q, pass.observer);
  decoder[Kind::attention_k].forward(attention_input, k, pass.observer);
  decoder[Kind::attention_v].forward(attention_input, v, pass.observer);
  for (std::int64_t s = 0; s < batch.sequences(); ++s) {
    const std::int64_t first = batch.offsets[static_cast<std::size_t>(s)];
    const std::int64_t last = batch.offsets[static_cast<std::size_t>(s) + 1];
#pragma omp parallel for schedule(static) if ((last - first) * inner > nn::kWorthThreads)
    for (std::int64_t t = first; t < last; ++t) {
      pass.rope->rotate(q + t * inner, config.heads, batch.first_position + t - first);
      pass.rope->rotate(k + t * kv_inner, config.kv_heads, batch.first_position + t - first);
    }
  }
  pass.round(q, rows * inner);
  pass.round(k, rows * kv_inner);
  attend<T>(config, batch, {q, inner}, {k, kv_inner}, {v, kv_inner}, cache, pass, mixed);
  pass.round(mixed, rows * inner);
  nn::LinearInput<T> out_input(mixed, rows, inner);
  decoder[Kind::attention_out].forward(out_input, normed, pass.observer);
  add(x, normed, rows * width, pass);

  nn::norm_forward(decoder.mlp_norm, x, rows, normed);
  pass.round(normed, rows * width);
  nn::LinearInput<T> mlp_input(normed, rows, width);
  decoder[Kind::mlp_gate].forward(mlp_input, gate, pass.observer);
  decoder[Kind::mlp_up].forward(mlp_input, up, pass.observer);
#pragma omp parallel for schedule(static) if (rows * config.hidden > nn::kWorthThreads)
  for (std::int64_t t = 0; t < rows; ++t)
    nn::silu_gate(gate + t * config.hidden, up + t * config.hidden, config.hidden);
  pass.round(gate, rows * config.hidden);
  nn::LinearInput<T> down_input(gate, rows, config.hidden);
  decoder[Kind::mlp_down].forward(down_input, normed, pass.observer);
  add(x, normed, rows * width, pass);
}

}  // namespace octavo::sim::model
