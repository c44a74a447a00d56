// A model from a GGUF file: configuration and weights.
#include "sim/model/open/gguf_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>

#include "messages/error.h"
#include "messages/printable.h"
#include "sim/model/open/assemble.h"
#include "sim/model/validate.h"

namespace octavo::sim::model {
namespace {

constexpr std::string_view rope_factors = "rope_freqs.weight";

[[noreturn]] void refuse(const file::Gguf& file, std::string_view why) {
  throw Error(fmt::format("{}: {}", messages::printable(file.name()), why));
}

nn::RopeScaling linear_scaling(const file::Gguf& file) {
  const file::GgufMetadata& metadata = file.metadata();
  const std::string type = metadata.text("llama.rope.scaling.type").value_or("linear");
  if (type == "none") return {};
  if (type != "linear") {
    refuse(file,
           fmt::format("RoPE scaling {} is not implemented, only linear and Llama 3's", messages::printable(type)));
  }
  const auto old_key = metadata.number("llama.rope.scale_linear");
  const double factor = metadata.number("llama.rope.scaling.factor").value_or(old_key.value_or(1.0));
  if (factor == 1.0) return {};
  return {.kind = nn::RopeScaling::Kind::linear, .factor = factor};
}

/// What Llama 3.1's rule divides frequency `i` by, in the order of operations in which converters compute it.
double llama3_factor(const nn::RopeScaling& scaling, double theta, std::int64_t head_width, std::int64_t i) {
  const double frequency = std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(head_width));
  const double wave_length = 2.0 * std::numbers::pi / frequency;
  if (wave_length < scaling.original_context / scaling.high_frequency_factor) return 1.0;
  if (wave_length > scaling.original_context / scaling.low_frequency_factor) return scaling.factor;
  const double smooth = (scaling.original_context / wave_length - scaling.low_frequency_factor) /
                        (scaling.high_frequency_factor - scaling.low_frequency_factor);
  return 1.0 / ((1.0 - smooth) / scaling.factor + smooth);
}

/// GGUF holds Llama 3.1's scaling as a table of factors instead of its four numbers. Every published model has low 1,
/// high 4 and original context 8192; so the factor is the last entry, and the whole table is checked against the rule.
nn::RopeScaling scaling_of_table(const file::Gguf& file, const Config& config) {
  const file::Tensor table = file.load(rope_factors);
  nn::RopeScaling scaling{.kind = nn::RopeScaling::Kind::llama3};
  bool fits = static_cast<std::int64_t>(table.values.size()) == config.head_width / 2 && !table.values.empty();
  if (fits) {
    scaling.factor = static_cast<double>(table.values.back());
    for (std::size_t i = 0; fits && i < table.values.size(); ++i) {
      const double expected =
          llama3_factor(scaling, config.rope_theta, config.head_width, static_cast<std::int64_t>(i));
      fits = std::abs(static_cast<double>(table.values[i]) - expected) <= 1e-4 * expected;
    }
  }
  if (!fits)
    refuse(file,
           "rope_freqs.weight is not Llama 3.1's table (low 1, high 4, context 8192), which alone is implemented");
  return scaling;
}

/// Keys of an architecture, without its name, that are read or change nothing of what a model computes.
constexpr std::string_view kKnownKeys[]{"block_count",
                                        "embedding_length",
                                        "attention.head_count",
                                        "attention.head_count_kv",
                                        "feed_forward_length",
                                        "context_length",
                                        "attention.layer_norm_rms_epsilon",
                                        "attention.layer_norm_epsilon",
                                        "attention.key_length",
                                        "attention.value_length",
                                        "rope.dimension_count",
                                        "rope.freq_base",
                                        "rope.scaling.type",
                                        "rope.scaling.factor",
                                        "rope.scale_linear",
                                        "rope.scaling.original_context_length",
                                        "rope.scaling.finetuned",
                                        "expert_count",
                                        "expert_used_count",
                                        "vocab_size",
                                        "tensor_data_layout",
                                        "attention.causal"};

/// A setting that is not understood must not be replaced by a default.
void refuse_unknown_keys(const file::Gguf& file, const std::string& architecture) {
  for (const std::string_view key : file.metadata().keys()) {
    if (!key.starts_with(architecture + ".")) continue;
    const std::string_view name = key.substr(architecture.size() + 1);
    if (std::find(std::begin(kKnownKeys), std::end(kKnownKeys), name) != std::end(kKnownKeys)) continue;
    refuse(file,
           fmt::format("metadata {} is not known, so what the model computes is not; only plain {} models are read",
                       messages::printable(key), architecture));
  }
}

Config read_llama(const file::Gguf& file) {
  const file::GgufMetadata& metadata = file.metadata();
  if (metadata.integer("llama.expert_count").value_or(0) > 0) refuse(file, "mixtures of experts are not implemented");
  Config c{.family = Family::llama,
           .layers = metadata.required_integer("llama.block_count"),
           .width = metadata.required_integer("llama.embedding_length"),
           .heads = metadata.required_integer("llama.attention.head_count"),
           .hidden = metadata.required_integer("llama.feed_forward_length"),
           .context = metadata.required_integer("llama.context_length"),
           .norm_epsilon = metadata.required_number("llama.attention.layer_norm_rms_epsilon"),
           .rope_theta = metadata.number("llama.rope.freq_base").value_or(10000.0),
           .activation = Activation::silu,
           .tied_head = file.find("output.weight") == nullptr};
  c.kv_heads = metadata.integer("llama.attention.head_count_kv").value_or(c.heads);
  c.head_width = metadata.integer("llama.attention.key_length").value_or(c.heads > 0 ? c.width / c.heads : 0);
  for (const std::string_view key : {"llama.attention.value_length", "llama.rope.dimension_count"}) {
    const std::int64_t width = metadata.integer(key).value_or(c.head_width);
    if (width != c.head_width) {
      refuse(file,
             fmt::format("{} = {} differs from the head width {}, which is not implemented", key, width, c.head_width));
    }
  }
  c.rope_scaling = file.find(rope_factors) != nullptr ? scaling_of_table(file, c) : linear_scaling(file);
  return c;
}

Config read_gpt2(const file::Gguf& file) {
  const file::GgufMetadata& metadata = file.metadata();
  Config c{.family = Family::gpt,
           .layers = metadata.required_integer("gpt2.block_count"),
           .width = metadata.required_integer("gpt2.embedding_length"),
           .heads = metadata.required_integer("gpt2.attention.head_count"),
           .hidden = metadata.required_integer("gpt2.feed_forward_length"),
           .context = metadata.required_integer("gpt2.context_length"),
           .norm_epsilon = metadata.required_number("gpt2.attention.layer_norm_epsilon"),
           .activation = Activation::gelu_tanh,
           .tied_head = file.find("output.weight") == nullptr};
  c.kv_heads = c.heads;
  c.head_width = c.heads > 0 ? c.width / c.heads : 0;
  return c;
}

constexpr std::array<std::string_view, 2> ignored{rope_factors, ".attn_rot_embd"};

Layout layout_of(const file::Gguf& file, Family family) {
  Layout layout{.decoder = "blk.{}.",
                .token_embedding = "token_embd",
                .position_embedding = "position_embd",
                .attention_norm = "attn_norm",
                .mlp_norm = "ffn_norm",
                .final_norm = "output_norm",
                .head = "output",
                .linear = {"attn_qkv", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_up", "ffn_gate", "ffn_down"}};
  if (family == Family::llama) {
    layout.ignored_suffixes = ignored;
    layout.rope_pairs = true;
    for (std::size_t kind = 0; kind < layout.biases.size(); ++kind)
      layout.biases[kind] = file.find(fmt::format("blk.0.{}.bias", layout.linear[kind])) != nullptr;
  }
  return layout;
}

}  // namespace

Config gguf_config(const file::Gguf& file) {
  const std::string architecture = file.metadata().text("general.architecture").value_or("(none)");
  if (architecture != "llama" && architecture != "gpt2") {
    refuse(file,
           fmt::format("architecture {} is not implemented, only llama and gpt2", messages::printable(architecture)));
  }
  refuse_unknown_keys(file, architecture);
  Config config = architecture == "llama" ? read_llama(file) : read_gpt2(file);
  const file::TensorInfo* const embedding = file.find("token_embd.weight");
  if (embedding == nullptr) refuse(file, "tensor 'token_embd.weight' is missing");
  config.vocabulary = embedding->shape.front();
  validate(config, file.name());
  return config;
}

Weights gguf_weights(const file::Gguf& file, Notes& notes) {
  const Config config = gguf_config(file);
  return assemble(config, layout_of(file, config.family), file, notes);
}

}  // namespace octavo::sim::model
