// What a forward pass leaves for the backward pass, decoder by decoder.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "machine/share.h"
#include "sim/model/config.h"
#include "sim/nn/linear/linear.h"

namespace octavo::sim::model {

/// Activations in the baseline type, copied as they pass; inputs of linear layers as the recipe casts them.
template <class T>
struct DecoderTape {
  std::vector<T> attention_in;  ///< the residual stream before the attention's norm
  std::vector<T> mlp_in;        ///< ... and before the MLP's
  std::vector<T> q, k, v;       ///< after rotation; GPT: q holds [T, 3 * inner] of qkv
  std::vector<T> gate, up;      ///< before the activation function; GPT has no gate
  std::array<nn::KeptInput<T>, kKindCount> input;

  nn::KeptInput<T>* operator[](Kind kind) { return &input[static_cast<std::size_t>(kind)]; }
};

template <class T>
using Tape = std::vector<DecoderTape<T>>;

/// values <- x[0..n).
template <class T>
void keep(std::vector<T>& values, const T* x, std::int64_t n) {
  values.resize(static_cast<std::size_t>(n));
  machine::copy(x, n, values.data());
}

}  // namespace octavo::sim::model
