// How Hugging Face's checkpoints name tensors, and what wrappers put before their names.
#include "sim/model/open/huggingface_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "messages/printable.h"

namespace octavo::sim::model {
namespace {

/// What wrappers of one decoder put into the middle of its names.
constexpr std::array<std::string_view, 4> kWrappers{"_orig_mod.", "_fsdp_wrapped_module.",
                                                    "_checkpoint_wrapped_module.", "module."};

bool is_of_wrappers(std::string_view text) {
  while (!text.empty()) {
    const auto* const wrapper =
        std::find_if(kWrappers.begin(), kWrappers.end(), [&](std::string_view w) { return text.starts_with(w); });
    if (wrapper == kWrappers.end()) return false;
    text.remove_prefix(wrapper->size());
  }
  return true;
}

struct Place {
  std::string prefix;  ///< before `layers.0.`
  std::string inside;  ///< behind it
};

/// Where in `name` the decoder's number 0 stands if it is that decoder's first norm: `decoder` is "layers.0.", `norm`
/// "input_layernorm.weight".
std::optional<Place> place_of(std::string_view name, std::string_view decoder, std::string_view norm) {
  const std::size_t at = name.find(decoder);
  if (at == name.npos || (at > 0 && name[at - 1] != '.') || !name.ends_with(norm)) return std::nullopt;
  const std::size_t begin = at + decoder.size();
  if (begin + norm.size() > name.size()) return std::nullopt;
  const std::string_view inside = name.substr(begin, name.size() - begin - norm.size());
  if (!is_of_wrappers(inside)) return std::nullopt;
  return Place{std::string(name.substr(0, at)), std::string(inside)};
}

}  // namespace

Layout gpt2_layout() {
  return {.decoder = "h.{}.",
          .token_embedding = "wte",
          .position_embedding = "wpe",
          .attention_norm = "ln_1",
          .mlp_norm = "ln_2",
          .final_norm = "ln_f",
          .head = "lm_head",
          .linear = {"attn.c_attn", "", "", "", "attn.c_proj", "mlp.c_fc", "", "mlp.c_proj"},
          .prefix = "transformer.",
          .conv1d = true};
}

Layout llama_layout() {
  return {.decoder = "layers.{}.",
          .token_embedding = "embed_tokens",
          .position_embedding = "",
          .attention_norm = "input_layernorm",
          .mlp_norm = "post_attention_layernorm",
          .final_norm = "norm",
          .head = "lm_head",
          .linear = {"", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.up_proj",
                     "mlp.gate_proj", "mlp.down_proj"},
          .prefix = "model."};
}

Layout with_prefixes_of(const file::TensorFile& file, Layout layout, Notes& notes) {
  const std::string decoder = fmt::format(fmt::runtime(layout.decoder), 0);
  const std::string norm = std::string(layout.attention_norm) + ".weight";
  for (const file::TensorInfo& info : file.tensors()) {
    const auto place = place_of(info.name, decoder, norm);
    if (!place) continue;
    const bool whole = ("." + place->prefix).ends_with("." + layout.prefix);
    layout.outer_prefix = place->prefix.substr(0, place->prefix.size() - (whole ? layout.prefix.size() : 0));
    layout.prefix = place->prefix;
    layout.decoder += place->inside;
    for (const std::string& taken : {layout.outer_prefix, place->inside})
      if (!taken.empty())
        notes.push_back(
            fmt::format("{} is taken off the names of tensors, as of a wrapper", messages::printable(taken)));
    break;
  }
  return layout;
}

}  // namespace octavo::sim::model
