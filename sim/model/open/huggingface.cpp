// A model from a Hugging Face folder: config.json beside safetensors.
#include "sim/model/open/huggingface.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "messages/error.h"
#include "messages/printable.h"
#include "sim/file/json_file.h"
#include "sim/model/open/assemble.h"
#include "sim/model/validate.h"
#include "sim/text/open/open.h"

namespace octavo::sim::model {
namespace {

[[noreturn]] void refuse(const std::string& where, std::string_view why) {
  throw Error(fmt::format("{}: {}", messages::printable(where), why));
}

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
  return name;
}

void refuse_quantised(const file::JsonObject& config, const std::string& where, const file::TensorFile& file) {
  if (const nlohmann::json* const quantization = config.find("quantization_config")) {
    const std::string method = file::JsonObject(*quantization, where).text("quant_method").value_or("(none)");
    refuse(where, fmt::format("the checkpoint is quantised by method {}, which is not read; take the original one",
                              messages::printable(method)));
  }
  for (const file::TensorInfo& info : file.tensors()) {
    if (info.dtype.starts_with("F8") || info.name.ends_with("weight_scale_inv")) {
      throw Error(fmt::format("{}: an FP8 checkpoint (tensor {} of type {}) is not read; take the original one",
                              messages::printable(file.name()), messages::printable(info.name), info.dtype));
    }
  }
}

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
  if (!config.boolean("scale_attn_weights").value_or(true))
    refuse(where, "scale_attn_weights = false is not implemented");
  for (const std::string_view key : {"scale_attn_by_inverse_layer_idx", "add_cross_attention"}) {
    if (config.boolean(key).value_or(false)) refuse(where, fmt::format("{} = true is not implemented", key));
  }
  return c;
}

nn::RopeScaling read_rope_scaling(const file::JsonObject& rope, const std::string& where) {
  const auto old_key = rope.text("type");
  const std::string type = rope.text("rope_type").value_or(old_key.value_or("default"));
  if (type == "default") return {};
  if (type == "linear") return {.kind = nn::RopeScaling::Kind::linear, .factor = rope.required_number("factor")};
  if (type != "llama3") {
    refuse(where, fmt::format("RoPE scaling {} is not implemented, only linear and llama3", messages::printable(type)));
  }
  return {.kind = nn::RopeScaling::Kind::llama3,
          .factor = rope.required_number("factor"),
          .low_frequency_factor = rope.required_number("low_freq_factor"),
          .high_frequency_factor = rope.required_number("high_freq_factor"),
          .original_context = rope.required_number("original_max_position_embeddings")};
}

/// Newer configurations put RoPE's base and scaling into one object, older ones beside each other.
void read_rope(const file::JsonObject& config, const std::string& where, Config& c) {
  c.rope_theta = config.number("rope_theta").value_or(10000.0);
  for (const std::string_view key : {"rope_parameters", "rope_scaling"}) {
    const nlohmann::json* const value = config.find(key);
    if (value == nullptr) continue;
    const file::JsonObject rope(*value, where);
    c.rope_theta = rope.number("rope_theta").value_or(c.rope_theta);
    c.rope_scaling = read_rope_scaling(rope, where);
    if (rope.number("partial_rotary_factor").value_or(1.0) != 1.0) refuse(where, "partial RoPE is not implemented");
    break;
  }
  if (config.number("partial_rotary_factor").value_or(1.0) != 1.0) refuse(where, "partial RoPE is not implemented");
}

Config read_llama(const file::JsonObject& config, const std::string& where) {
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
  c.kv_heads = config.integer("num_key_value_heads").value_or(c.heads);
  c.head_width = config.integer("head_dim").value_or(c.heads > 0 ? c.width / c.heads : 0);
  const std::string activation = config.text("hidden_act").value_or("silu");
  if (activation != "silu" && activation != "swish") {
    refuse(where, fmt::format("activation {} is not implemented, only silu", messages::printable(activation)));
  }
  read_rope(config, where, c);
  return c;
}

/// False also where the folder may not be searched: opening the file then says why.
bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

constexpr std::array<std::string_view, 3> gpt2_ignored{".attn.bias", ".attn.masked_bias", "lm_head.weight"};
constexpr std::array<std::string_view, 2> llama_ignored{"rotary_emb.inv_freq", "lm_head.weight"};

Layout gpt2_layout(std::string prefix) {
  return {.decoder = "h.{}.",
          .token_embedding = "wte",
          .position_embedding = "wpe",
          .attention_norm = "ln_1",
          .mlp_norm = "ln_2",
          .final_norm = "ln_f",
          .head = "lm_head",
          .linear = {"attn.c_attn", "", "", "", "attn.c_proj", "mlp.c_fc", "", "mlp.c_proj"},
          .ignored_suffixes = gpt2_ignored,
          .prefix = std::move(prefix),
          .conv1d = true};
}

Layout llama_layout(bool attention_bias, bool mlp_bias) {
  return {.decoder = "layers.{}.",
          .token_embedding = "embed_tokens",
          .position_embedding = "",
          .attention_norm = "input_layernorm",
          .mlp_norm = "post_attention_layernorm",
          .final_norm = "norm",
          .head = "lm_head",
          .linear = {"", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.up_proj",
                     "mlp.gate_proj", "mlp.down_proj"},
          .ignored_suffixes = llama_ignored,
          .prefix = "model.",
          .attention_bias = attention_bias,
          .mlp_bias = mlp_bias};
}

nlohmann::ordered_json gpt2_config(const Config& c) {
  return {{"architectures", {"GPT2LMHeadModel"}},
          {"model_type", "gpt2"},
          {"n_layer", c.layers},
          {"n_embd", c.width},
          {"n_head", c.heads},
          {"n_inner", c.hidden},
          {"n_positions", c.context},
          {"vocab_size", c.vocabulary},
          {"layer_norm_epsilon", c.norm_epsilon},
          {"activation_function", c.activation == Activation::gelu_erf ? "gelu" : "gelu_new"},
          {"tie_word_embeddings", c.tied_head}};
}

nlohmann::ordered_json llama_config(const Config& c, bool attention_bias, bool mlp_bias) {
  nlohmann::ordered_json json{{"architectures", {"LlamaForCausalLM"}},
                              {"model_type", "llama"},
                              {"num_hidden_layers", c.layers},
                              {"hidden_size", c.width},
                              {"num_attention_heads", c.heads},
                              {"num_key_value_heads", c.kv_heads},
                              {"head_dim", c.head_width},
                              {"intermediate_size", c.hidden},
                              {"max_position_embeddings", c.context},
                              {"vocab_size", c.vocabulary},
                              {"rms_norm_eps", c.norm_epsilon},
                              {"rope_theta", c.rope_theta},
                              {"hidden_act", "silu"},
                              {"attention_bias", attention_bias},
                              {"mlp_bias", mlp_bias},
                              {"tie_word_embeddings", c.tied_head}};
  const nn::RopeScaling& rope = c.rope_scaling;
  if (rope.kind == nn::RopeScaling::Kind::linear)
    json["rope_scaling"] = {{"rope_type", "linear"}, {"factor", rope.factor}};
  if (rope.kind == nn::RopeScaling::Kind::llama3)
    json["rope_scaling"] = {{"rope_type", "llama3"},
                            {"factor", rope.factor},
                            {"low_freq_factor", rope.low_frequency_factor},
                            {"high_freq_factor", rope.high_frequency_factor},
                            {"original_max_position_embeddings", rope.original_context}};
  return json;
}

}  // namespace

Weights huggingface_weights(std::string_view config_text, const std::string& where, const file::TensorFile& file) {
  const nlohmann::json json = file::parse_json(config_text, where);
  const file::JsonObject config(json, where);
  const std::string type = model_type(config);
  if (type != "gpt2" && type != "llama") {
    refuse(where, fmt::format("model type {} is not implemented, only gpt2 and llama", messages::printable(type)));
  }
  refuse_quantised(config, where, file);
  const bool gpt2 = type == "gpt2";
  const Config c = gpt2 ? read_gpt2(config, where) : read_llama(config, where);
  validate(c, where);
  if (gpt2) return assemble(c, gpt2_layout(file.find("wte.weight") == nullptr ? "transformer." : ""), file);
  return assemble(
      c, llama_layout(config.boolean("attention_bias").value_or(false), config.boolean("mlp_bias").value_or(false)),
      file);
}

HuggingfaceModel to_huggingface(const Weights& weights) {
  const Config& c = weights.config;
  if (c.family == Family::gpt)
    return {gpt2_config(c).dump(1) + "\n", disassemble(weights, gpt2_layout("transformer."))};
  const DecoderWeights& first = weights.decoders.at(0);
  const bool attention_bias = !first[Kind::attention_q].bias.empty();
  const bool mlp_bias = !first[Kind::mlp_up].bias.empty();
  return {llama_config(c, attention_bias, mlp_bias).dump(1) + "\n",
          disassemble(weights, llama_layout(attention_bias, mlp_bias))};
}

file::Safetensors open_huggingface_tensors(const std::filesystem::path& folder) {
  for (const char* const name : {"model.safetensors", "model.safetensors.index.json"}) {
    if (is_there(folder / name)) return file::Safetensors::open(folder / name);
  }
  refuse(folder.string(),
         "the folder has neither model.safetensors nor model.safetensors.index.json; convert the weights");
}

std::filesystem::path find_huggingface_tokenizer(const std::filesystem::path& folder) {
  return text::find_tokenizer(folder);
}

}  // namespace octavo::sim::model
