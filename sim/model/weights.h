// A model's parameters in binary32, however they were stored.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/file/tensor.h"
#include "sim/model/config.h"

namespace octavo::sim::model {

struct LinearWeights {
  file::Tensor weight;  ///< [N, K]: y = x weight^T + bias
  file::Tensor bias;    ///< [N], or empty
};

struct NormWeights {
  file::Tensor gain;  ///< [C]
  file::Tensor bias;  ///< [C]; empty in RMSNorm
};

struct DecoderWeights {
  NormWeights attention_norm;
  NormWeights mlp_norm;
  std::array<LinearWeights, kKindCount> linear;  ///< by Kind; those that the family lacks are empty

  LinearWeights& operator[](Kind kind) { return linear[static_cast<std::size_t>(kind)]; }
  const LinearWeights& operator[](Kind kind) const { return linear[static_cast<std::size_t>(kind)]; }
};

/// RoPE convention here: pairs (i, i + head_width / 2), as Hugging Face stores q and k; readers of files with the
/// pairing (2i, 2i + 1) permute the rows of q and k to it.
struct Weights {
  Config config;
  file::Tensor token_embedding;     ///< [V, C]
  file::Tensor position_embedding;  ///< [context, C]; GPT only
  std::vector<DecoderWeights> decoders;
  NormWeights final_norm;
  LinearWeights head;  ///< [V, C]; shares the token embedding's values when tied
};

}  // namespace octavo::sim::model
