// The one list of names that are no parameters.
#include "sim/model/open/left_out.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace octavo::sim::model {
namespace {

constexpr std::array<std::string_view, 16> kBuffers{
    "position_ids",
    "rotary_emb.inv_freq",
    "rotary_emb.cos_cached",
    "rotary_emb.sin_cached",
    "attn.bias",         // GPT-2's causal mask
    "attn.masked_bias",  // and the number below which it masks
    "causal_mask",
    // Of FP8 caches: vLLM, compressed-tensors, SGLang.
    "k_scale",
    "v_scale",
    "kv_scale",
    "q_scale",
    "prob_scale",
    // Of FP8 activations, under names of compressed-tensors and ModelOpt: a recipe says here how activations are cast.
    "input_scale",
    "input_scale_ub",
    "output_scale",
    "activation_scale",
};

}  // namespace

bool is_buffer(const file::TensorInfo& info) {
  if (info.dtype == "BOOL") return true;
  const std::string_view name = info.name;
  return std::any_of(kBuffers.begin(), kBuffers.end(), [&](std::string_view buffer) {
    return name.ends_with(buffer) && (name.size() == buffer.size() || name[name.size() - buffer.size() - 1] == '.');
  });
}

}  // namespace octavo::sim::model
