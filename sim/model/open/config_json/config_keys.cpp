// The one list of keys of config.json that are not read.
#include "sim/model/open/config_json/config_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::sim::model {
namespace {

/// Keys that change nothing of what a forward pass computes from tokens.
constexpr std::string_view kWithoutEffect[]{
    // Where a model comes from, and how programs load and show it.
    "transformers_version", "torch_dtype", "dtype", "auto_map", "attn_implementation", "torchscript", "use_bfloat16",
    "tf_legacy_loss", "return_dict", "output_hidden_states", "output_attentions", "output_scores",
    "return_dict_in_generate", "gradient_checkpointing", "transformers.js_config", "is_llama_config", "name_or_path",
    "library_name", "license", "language", "unsloth_fixed", "unsloth_version",
    // Tokens, which the tokenizer's own files say.
    "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "decoder_start_token_id", "tokenizer_class",
    "prefix",
    // Training: initialisation, and dropout, which is not applied when a model is evaluated.
    "initializer_range", "attn_pdrop", "embd_pdrop", "resid_pdrop", "attention_dropout", "hidden_dropout",
    "resid_dropout", "embd_dropout",
    // Speed and memory; the sums of pretraining_tp slices and of an upcast attention are those of binary32 anyway.
    "use_cache", "pretraining_tp", "chunk_size_feed_forward", "reorder_and_upcast_attn",
    // Generation.
    "max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty",
    "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty", "no_repeat_ngram_size",
    "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "forced_bos_token_id",
    "forced_eos_token_id", "remove_invalid_values", "exponential_decay_length_penalty", "suppress_tokens",
    "begin_suppress_tokens",
    // Heads for classification, which next-token models lack.
    "summary_activation", "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj",
    "task_specific_params", "finetuning_task", "problem_type", "id2label", "label2id", "num_labels",
    "classifier_dropout",
    // Of decoders that are part of something else, which is_encoder_decoder and add_cross_attention say.
    "is_decoder", "cross_attention_hidden_size", "tie_encoder_decoder",
    // The length that Llama 1 was trained on, and layers that a window would begin at: windows are read themselves.
    "max_sequence_length", "max_window_layers"};

struct FixedKey {
  std::string_view key;
  std::string_view value;  ///< as JSON
};

/// Keys that are implemented with one value.
constexpr FixedKey kFixed[]{{"scale_attn_weights", "true"},   {"scale_attn_by_inverse_layer_idx", "false"},
                            {"add_cross_attention", "false"}, {"is_encoder_decoder", "false"},
                            {"pruned_heads", "{}"},           {"rope_interleaved", "false"},
                            {"use_sliding_window", "false"},  {"partial_rotary_factor", "1.0"},
                            {"use_qk_norm", "false"},         {"qk_layernorm", "false"},
                            {"use_mrope", "false"},           {"mlp_only_layers", "[]"},
                            {"residual_multiplier", "1.0"},   {"logits_scaling", "1.0"}};

}  // namespace

void refuse_unknown_keys(const nlohmann::json& config, std::span<const std::string_view> read,
                         const std::string& where) {
  const auto among = [](auto&& list, std::string_view key) {
    return std::find(std::begin(list), std::end(list), key) != std::end(list);
  };
  for (const auto& [key, value] : config.items()) {
    // Names with an underscore first are private to the program that wrote the file.
    if (value.is_null() || key.starts_with('_') || among(read, key) || among(kWithoutEffect, key)) continue;
    const auto* const fixed = std::find_if(std::begin(kFixed), std::end(kFixed),
                                           [&name = key](const FixedKey& known) { return known.key == name; });
    if (fixed == std::end(kFixed))
      throw Error(
          fmt::format("{}: key {} is not known, so what the model computes is not; if it changes nothing, take "
                      "it out of the file",
                      messages::printable(where), messages::printable(key)));
    if (value != nlohmann::json::parse(fixed->value)) {
      throw Error(fmt::format("{}: {} = {} is not implemented, only {}", messages::printable(where), key,
                              messages::printable(value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)),
                              fixed->value));
    }
  }
}

}  // namespace octavo::sim::model
