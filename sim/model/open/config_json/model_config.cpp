// The configuration that config.json gives a model.
#include "sim/model/open/config_json/model_config.h"

#include <fmt/format.h>

#include <string_view>

#include "messages/error.h"
#include "messages/printable.h"
#include "sim/model/open/config_json/config_keys.h"
#include "sim/model/open/config_json/rope_config.h"

namespace octavo::sim::model {
namespace {

[[noreturn]] void refuse(const std::string& where, std::string_view why) {
  throw Error(fmt::format("{}: {}", messages::printable(where), why));
}

// What follows is read below, or where the weights are.

constexpr std::string_view kGpt2Keys[]{"model_type",
                                       "architectures",
                                       "n_layer",
                                       "n_embd",
                                       "n_head",
                                       "n_inner",
                                       "n_positions",
                                       "n_ctx",
                                       "vocab_size",
                                       "layer_norm_epsilon",
                                       "activation_function",
                                       "tie_word_embeddings",
                                       "quantization_config"};

constexpr std::string_view kLlamaKeys[]{"model_type",
                                        "architectures",
                                        "num_hidden_layers",
                                        "hidden_size",
                                        "num_attention_heads",
                                        "num_key_value_heads",
                                        "head_dim",
                                        "intermediate_size",
                                        "vocab_size",
                                        "max_position_embeddings",
                                        "rms_norm_eps",
                                        "rope_theta",
                                        "rope_scaling",
                                        "rope_parameters",
                                        "hidden_act",
                                        "attention_bias",
                                        "mlp_bias",
                                        "tie_word_embeddings",
                                        "sliding_window",
                                        "use_sliding_window",
                                        "layer_types",
                                        "partial_rotary_factor",
                                        "quantization_config"};

Activation gpt2_activation(const file::JsonObject& config, const std::string& where) {
  const std::string name = config.text("activation_function").value_or("gelu_new");
  if (name == "gelu_new" || name == "gelu_pytorch_tanh") return Activation::gelu_tanh;
  if (name == "gelu") return Activation::gelu_erf;
  refuse(where, fmt::format("activation {} is not implemented, only gelu_new, gelu_pytorch_tanh and gelu",
                            messages::printable(name)));
}

Config read_gpt2(const file::JsonObject& config, const std::string& where) {
  const auto context = config.integer("n_positions");
  Config c{.family = Family::gpt,
           .layers = config.required_integer("n_layer"),
           .width = config.required_integer("n_embd"),
           .heads = config.required_integer("n_head"),
           .vocabulary = config.required_integer("vocab_size"),
           .context = context ? *context : config.required_integer("n_ctx"),
           .norm_epsilon = config.number("layer_norm_epsilon").value_or(1e-5),
           .activation = gpt2_activation(config, where),
           .tied_head = config.boolean("tie_word_embeddings").value_or(true)};
  c.kv_heads = c.heads;
  c.head_width = c.heads > 0 ? c.width / c.heads : 0;
  if (const auto inner = config.integer("n_inner")) {
    c.hidden = *inner;
  } else if (__builtin_mul_overflow(c.width, 4, &c.hidden)) {
    refuse(where, fmt::format("n_embd = {} is too large", c.width));
  }
  return c;
}

/// Attention over a window that the context reaches is not implemented; one that it does not reach changes nothing.
void check_window(const nlohmann::json& json, const file::JsonObject& config, const std::string& type,
                  std::int64_t context, const std::string& where) {
  if (const nlohmann::json* const layers = config.find("layer_types"))
    for (const nlohmann::json& layer : *layers)
      if (!layer.is_string() || layer.get_ref<const std::string&>() != "full_attention")
        refuse(where,
               fmt::format("layer_types names {}; only full_attention is implemented",
                           messages::printable(layer.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace))));
  if (!config.boolean("use_sliding_window").value_or(type != "qwen2")) return;
  // Mistral's default is a window of 4096, which null takes away; Llama and Qwen2 have none.
  const bool by_default = type == "mistral" && !json.contains("sliding_window");
  const auto window = by_default ? std::optional<std::int64_t>(4096) : config.integer("sliding_window");
  if (!window || *window >= context) return;
  refuse(where, fmt::format("sliding_window = {}{} is below the context of {}, and windows are not implemented; to "
                            "evaluate contexts up to it, set max_position_embeddings to it",
                            *window, by_default ? " (the default)" : "", context));
}

Config read_llama(const file::JsonObject& config, const std::string& type, const std::string& where) {
  Config c{.family = Family::llama,
           .layers = config.required_integer("num_hidden_layers"),
           .width = config.required_integer("hidden_size"),
           .heads = config.required_integer("num_attention_heads"),
           .hidden = config.required_integer("intermediate_size"),
           .vocabulary = config.required_integer("vocab_size"),
           .context = config.required_integer("max_position_embeddings"),
           .norm_epsilon = config.number("rms_norm_eps").value_or(1e-6),
           .activation = Activation::silu,
           .tied_head = config.boolean("tie_word_embeddings").value_or(false)};
  // Without the key, Llama has as many as heads, Mistral 8 and Qwen2 32: the last two are asked for it.
  c.kv_heads = type == "llama" ? config.integer("num_key_value_heads").value_or(c.heads)
                               : config.required_integer("num_key_value_heads");
  c.head_width = config.integer("head_dim").value_or(c.heads > 0 ? c.width / c.heads : 0);
  const std::string activation = config.text("hidden_act").value_or("silu");
  if (activation != "silu" && activation != "swish") {
    refuse(where, fmt::format("activation {} is not implemented, only silu", messages::printable(activation)));
  }
  read_rope(config, where, c);
  return c;
}

std::array<bool, kKindCount> llama_biases(const file::JsonObject& config, const std::string& type) {
  std::array<bool, kKindCount> biases{};
  const bool attention = config.boolean("attention_bias").value_or(type == "qwen2");
  const bool mlp = config.boolean("mlp_bias").value_or(false);
  for (const Kind kind : {Kind::attention_q, Kind::attention_k, Kind::attention_v, Kind::attention_out})
    biases[static_cast<std::size_t>(kind)] = attention;
  for (const Kind kind : {Kind::mlp_gate, Kind::mlp_up, Kind::mlp_down}) biases[static_cast<std::size_t>(kind)] = mlp;
  return biases;
}

}  // namespace

std::string model_type(const file::JsonObject& config) {
  if (const auto type = config.text("model_type")) return *type;
  const nlohmann::json* const architectures = config.find("architectures");
  if (architectures == nullptr || !architectures->is_array() || architectures->empty() ||
      !architectures->front().is_string()) {
    return "(none)";
  }
  const auto name = architectures->front().get<std::string>();
  if (name == "GPT2LMHeadModel") return "gpt2";
  if (name == "LlamaForCausalLM") return "llama";
  if (name == "MistralForCausalLM") return "mistral";
  if (name == "Qwen2ForCausalLM") return "qwen2";
  return name;
}

bool stores_conv1d(const std::string& model_type) {
  return model_type == "gpt2" || model_type == "openai-gpt" || model_type == "imagegpt" ||
         model_type == "decision_transformer";
}

ModelConfig read_model_config(const nlohmann::json& json, const std::string& where) {
  const file::JsonObject config(json, where);
  const std::string type = model_type(config);
  if (type == "gpt2") {
    refuse_unknown_keys(json, kGpt2Keys, where);
    return {read_gpt2(config, where), {}};
  }
  if (type != "llama" && type != "mistral" && type != "qwen2") {
    refuse(where, fmt::format("model type {} is not implemented, only gpt2, llama, mistral and qwen2",
                              messages::printable(type)));
  }
  refuse_unknown_keys(json, kLlamaKeys, where);
  const Config c = read_llama(config, type, where);
  check_window(json, config, type, c.context, where);
  return {c, llama_biases(config, type)};
}

}  // namespace octavo::sim::model
