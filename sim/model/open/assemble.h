// From named tensors to a model's weights: what the readers of safetensors and GGUF share.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/file/tensor_file.h"
#include "sim/model/config.h"
#include "sim/model/weights.h"

namespace octavo::sim::model {

/// What opening a file has to tell people, a line each: what was left out, taken off, or worked out.
using Notes = std::vector<std::string>;

/// How a kind of file names and stores the tensors of a family. Names lack `.weight` and `.bias`.
struct Layout {
  std::string decoder;  ///< what goes before a decoder's names; `{}` is its number
  std::string_view token_embedding, position_embedding, attention_norm, mlp_norm, final_norm;
  std::string_view head;                                 ///< behind `outer_prefix`, never behind `prefix`
  std::array<std::string_view, kKindCount> linear{};     ///< by Kind; empty where the family lacks it
  std::span<const std::string_view> ignored_suffixes{};  ///< tensors that say nothing of their own
  std::string prefix{};                                  ///< before every name but the head's
  std::string outer_prefix{};                            ///< before the head's
  bool conv1d = false;                                   ///< linear weights are stored [K, N], as GPT-2's Conv1D are
  bool rope_pairs = false;                               ///< rows of q and k are ordered for pairs (2i, 2i + 1)
  std::array<bool, kKindCount> biases{};                 ///< which of Llama's linear layers have one; GPT's all do
};

/// Loads every tensor that `config` asks for; a tied head may be stored under the embedding's name or its own. Throws
/// one Error that lists the missing ones, or names the first with another shape, or one that the model has no place for
/// (ignoring it would compute another model). Buffers (see left_out.h) are left out with a note.
Weights assemble(const Config& config, const Layout& layout, const file::TensorFile& file, Notes& notes);

/// A tensor under the name and in the arrangement of a layout.
struct NamedTensor {
  std::string name;
  file::Tensor tensor;
};

/// The other way round: the model's tensors as a file of this layout (without rope_pairs) holds them.
std::vector<NamedTensor> disassemble(const Weights& weights, const Layout& layout);

}  // namespace octavo::sim::model
