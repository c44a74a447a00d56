// A Llama decoder (Llama 2 and 3, SmolLM2): pre-RMSNorm, rotary positions, grouped-query attention, SwiGLU.
#pragma once

#include "machine/share.h"
#include "sim/model/decoder.h"

namespace octavo::sim::model {

/// x [T, C] += attention, then += MLP. `tape`, if given, keeps what the backward pass needs.
template <class T>
void llama_decoder_forward(const Config& config, const Decoder<T>& decoder, const Batch& batch, std::int64_t layer,
                           KeyValueCache<T>* cache, Pass<T>& pass, T* x, DecoderTape<T>* tape = nullptr) {
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

  const auto kept = [&](Kind kind) { return tape != nullptr ? (*tape)[kind] : nullptr; };

  if (tape != nullptr) keep(tape->attention_in, x, rows * width);
  nn::norm_forward(decoder.attention_norm, x, rows, normed);
  pass.round(normed, rows * width);
  nn::LinearInput<T> attention_input(normed, rows, width);
  decoder[Kind::attention_q].forward(attention_input, q, pass.casts, kept(Kind::attention_q));
  decoder[Kind::attention_k].forward(attention_input, k, pass.casts, kept(Kind::attention_k));
  decoder[Kind::attention_v].forward(attention_input, v, pass.casts, kept(Kind::attention_v));
  for (std::int64_t s = 0; s < batch.sequences(); ++s) {
    const std::int64_t first = batch.offsets[static_cast<std::size_t>(s)];
    const std::int64_t last = batch.offsets[static_cast<std::size_t>(s) + 1];
    machine::share(last - first, static_cast<double>(inner), [&](std::int64_t position) {
      const std::int64_t t = first + position;
      pass.rope->rotate(q + t * inner, config.heads, batch.first_position + t - first);
      pass.rope->rotate(k + t * kv_inner, config.kv_heads, batch.first_position + t - first);
    });
  }
  pass.round(q, rows * inner);
  pass.round(k, rows * kv_inner);
  if (tape != nullptr) {
    keep(tape->q, q, rows * inner);
    keep(tape->k, k, rows * kv_inner);
    keep(tape->v, v, rows * kv_inner);
  }
  attend<T>(config, batch, {q, inner}, {k, kv_inner}, {v, kv_inner}, cache, pass, mixed);
  pass.round(mixed, rows * inner);
  nn::LinearInput<T> out_input(mixed, rows, inner);
  decoder[Kind::attention_out].forward(out_input, normed, pass.casts, kept(Kind::attention_out));
  add_branch(x, normed, rows * width, attention_site(layer), pass);

  if (tape != nullptr) keep(tape->mlp_in, x, rows * width);
  nn::norm_forward(decoder.mlp_norm, x, rows, normed);
  pass.round(normed, rows * width);
  nn::LinearInput<T> mlp_input(normed, rows, width);
  decoder[Kind::mlp_gate].forward(mlp_input, gate, pass.casts, kept(Kind::mlp_gate));
  decoder[Kind::mlp_up].forward(mlp_input, up, pass.casts, kept(Kind::mlp_up));
  if (tape != nullptr) {
    keep(tape->gate, gate, rows * config.hidden);
    keep(tape->up, up, rows * config.hidden);
  }
  machine::share(rows, 1.0 * static_cast<double>(config.hidden), [&](std::int64_t t) {
    nn::silu_gate(gate + t * config.hidden, up + t * config.hidden, config.hidden);
  });
  pass.round(gate, rows * config.hidden);
  nn::LinearInput<T> down_input(gate, rows, config.hidden);
  decoder[Kind::mlp_down].forward(down_input, normed, pass.casts, kept(Kind::mlp_down));
  add_branch(x, normed, rows * width, mlp_site(layer), pass);
}

/// dx [T, C], the derivative of what the decoder gives, becomes that of what it takes; adds to `gradients`.
template <class T>
void llama_decoder_backward(const Config& config, Decoder<T>& decoder, const Batch& batch, std::int64_t layer,
                            DecoderTape<T>& tape, Pass<T>& pass, T* dx, DecoderGradients<T>& gradients) {
  const std::int64_t rows = batch.rows();
  const std::int64_t width = config.width;
  const std::int64_t inner = config.heads * config.head_width;
  const std::int64_t kv_inner = config.kv_heads * config.head_width;
  T* branch = pass.buffer(pass.normed, rows * width);
  T* dq = pass.buffer(pass.q, rows * inner);
  T* dk = pass.buffer(pass.k, rows * kv_inner);
  T* dv = pass.buffer(pass.v, rows * kv_inner);
  T* dmixed = pass.buffer(pass.mixed, rows * inner);
  T* dgate = pass.buffer(pass.gate, rows * config.hidden);
  T* dup = pass.buffer(pass.up, rows * config.hidden);
  const auto backward = [&](Kind kind, const T* dy, T* to, bool add) {
    decoder[kind].backward(*tape[kind], dy, to, add, gradients.linear[static_cast<std::size_t>(kind)], pass.casts);
  };

  machine::copy(dx, rows * width, branch);
  nn::drop(pass.dropout, mlp_site(layer), branch, rows * width);
  backward(Kind::mlp_down, branch, dgate, false);
  machine::share(rows, 2.0 * static_cast<double>(config.hidden), [&](std::int64_t t) {
    const std::int64_t at = t * config.hidden;
    nn::silu_gate_backward(tape.gate.data() + at, tape.up.data() + at, dgate + at, dgate + at, dup + at, config.hidden);
  });
  pass.round(dgate, rows * config.hidden);
  pass.round(dup, rows * config.hidden);
  backward(Kind::mlp_up, dup, branch, false);
  backward(Kind::mlp_gate, dgate, branch, true);
  norm_branch_backward(decoder.mlp_norm, tape.mlp_in, branch, rows, gradients.mlp_norm, pass, dx);

  machine::copy(dx, rows * width, branch);
  nn::drop(pass.dropout, attention_site(layer), branch, rows * width);
  backward(Kind::attention_out, branch, dmixed, false);
  attend_backward<T>(config, batch, {tape.q.data(), inner}, {tape.k.data(), kv_inner}, {tape.v.data(), kv_inner}, pass,
                     dmixed, {dq, inner}, {dk, kv_inner}, {dv, kv_inner});
  for (std::int64_t s = 0; s < batch.sequences(); ++s) {
    const std::int64_t first = batch.offsets[static_cast<std::size_t>(s)];
    const std::int64_t last = batch.offsets[static_cast<std::size_t>(s) + 1];
    machine::share(last - first, static_cast<double>(inner), [&](std::int64_t position) {
      const std::int64_t t = first + position;
      pass.rope->rotate_backward(dq + t * inner, config.heads, t - first);
      pass.rope->rotate_backward(dk + t * kv_inner, config.kv_heads, t - first);
    });
  }
  pass.round(dq, rows * inner);
  pass.round(dk, rows * kv_inner);
  pass.round(dv, rows * kv_inner);
  backward(Kind::attention_v, dv, branch, false);
  backward(Kind::attention_k, dk, branch, true);
  backward(Kind::attention_q, dq, branch, true);
  norm_branch_backward(decoder.attention_norm, tape.attention_in, branch, rows, gradients.attention_norm, pass, dx);
}

}  // namespace octavo::sim::model
