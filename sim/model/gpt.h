// A GPT decoder (GPT-2, Cerebras-GPT): pre-LayerNorm, fused qkv, GELU.
#pragma once

#include "machine/share.h"
#include "sim/model/decoder.h"

namespace octavo::sim::model {

/// x [T, C] += attention, then += MLP. `tape`, if given, keeps what the backward pass needs.
template <class T>
void gpt_decoder_forward(const Config& config, const Decoder<T>& decoder, const Batch& batch, std::int64_t layer,
                         KeyValueCache<T>* cache, Pass<T>& pass, T* x, DecoderTape<T>* tape = nullptr) {
  const std::int64_t rows = batch.rows();
  const std::int64_t width = config.width;
  const std::int64_t inner = config.heads * config.head_width;
  T* normed = pass.buffer(pass.normed, rows * width);
  T* qkv = pass.buffer(pass.q, rows * 3 * inner);
  T* mixed = pass.buffer(pass.mixed, rows * inner);
  T* up = pass.buffer(pass.up, rows * config.hidden);

  const auto kept = [&](Kind kind) { return tape != nullptr ? (*tape)[kind] : nullptr; };

  if (tape != nullptr) keep(tape->attention_in, x, rows * width);
  nn::norm_forward(decoder.attention_norm, x, rows, normed);
  pass.round(normed, rows * width);
  nn::LinearInput<T> attention_input(normed, rows, width);
  decoder[Kind::attention_qkv].forward(attention_input, qkv, pass.casts, kept(Kind::attention_qkv));
  if (tape != nullptr) keep(tape->q, qkv, rows * 3 * inner);
  attend<T>(config, batch, {qkv, 3 * inner}, {qkv + inner, 3 * inner}, {qkv + 2 * inner, 3 * inner}, cache, pass,
            mixed);
  pass.round(mixed, rows * inner);
  nn::LinearInput<T> out_input(mixed, rows, inner);
  decoder[Kind::attention_out].forward(out_input, normed, pass.casts, kept(Kind::attention_out));
  add_branch(x, normed, rows * width, attention_site(layer), pass);

  if (tape != nullptr) keep(tape->mlp_in, x, rows * width);
  nn::norm_forward(decoder.mlp_norm, x, rows, normed);
  pass.round(normed, rows * width);
  nn::LinearInput<T> mlp_input(normed, rows, width);
  decoder[Kind::mlp_up].forward(mlp_input, up, pass.casts, kept(Kind::mlp_up));
  if (tape != nullptr) keep(tape->up, up, rows * config.hidden);
  machine::share(rows, 1.0 * static_cast<double>(config.hidden), [&](std::int64_t t) {
    if (config.activation == Activation::gelu_erf)
      nn::gelu_erf(up + t * config.hidden, config.hidden);
    else
      nn::gelu_tanh(up + t * config.hidden, config.hidden);
  });
  pass.round(up, rows * config.hidden);
  nn::LinearInput<T> down_input(up, rows, config.hidden);
  decoder[Kind::mlp_down].forward(down_input, normed, pass.casts, kept(Kind::mlp_down));
  add_branch(x, normed, rows * width, mlp_site(layer), pass);
}

/// dx [T, C], the derivative of what the decoder gives, becomes that of what it takes; adds to `gradients`.
template <class T>
void gpt_decoder_backward(const Config& config, Decoder<T>& decoder, const Batch& batch, std::int64_t layer,
                          DecoderTape<T>& tape, Pass<T>& pass, T* dx, DecoderGradients<T>& gradients) {
  const std::int64_t rows = batch.rows();
  const std::int64_t width = config.width;
  const std::int64_t inner = config.heads * config.head_width;
  T* branch = pass.buffer(pass.normed, rows * width);
  T* dqkv = pass.buffer(pass.q, rows * 3 * inner);
  T* dmixed = pass.buffer(pass.mixed, rows * inner);
  T* dup = pass.buffer(pass.up, rows * config.hidden);
  const auto backward = [&](Kind kind, const T* dy, T* to) {
    decoder[kind].backward(*tape[kind], dy, to, false, gradients.linear[static_cast<std::size_t>(kind)], pass.casts);
  };

  machine::copy(dx, rows * width, branch);
  nn::drop(pass.dropout, mlp_site(layer), branch, rows * width);
  backward(Kind::mlp_down, branch, dup);
  machine::share(rows, 2.0 * static_cast<double>(config.hidden), [&](std::int64_t t) {
    if (config.activation == Activation::gelu_erf)
      nn::gelu_erf_backward(tape.up.data() + t * config.hidden, dup + t * config.hidden, config.hidden);
    else
      nn::gelu_tanh_backward(tape.up.data() + t * config.hidden, dup + t * config.hidden, config.hidden);
  });
  pass.round(dup, rows * config.hidden);
  backward(Kind::mlp_up, dup, branch);
  norm_branch_backward(decoder.mlp_norm, tape.mlp_in, branch, rows, gradients.mlp_norm, pass, dx);

  machine::copy(dx, rows * width, branch);
  nn::drop(pass.dropout, attention_site(layer), branch, rows * width);
  backward(Kind::attention_out, branch, dmixed);
  const T* qkv = tape.q.data();
  attend_backward<T>(config, batch, {qkv, 3 * inner}, {qkv + inner, 3 * inner}, {qkv + 2 * inner, 3 * inner}, pass,
                     dmixed, {dqkv, 3 * inner}, {dqkv + inner, 3 * inner}, {dqkv + 2 * inner, 3 * inner});
  pass.round(dqkv, rows * 3 * inner);
  backward(Kind::attention_qkv, dqkv, branch);
  norm_branch_backward(decoder.attention_norm, tape.attention_in, branch, rows, gradients.attention_norm, pass, dx);
}

}  // namespace octavo::sim::model
