// A model from a Hugging Face folder: config.json beside safetensors.
#include "sim/model/open/huggingface.h"

#include <fmt/format.h>

#include <array>
#include <system_error>

#include "messages/error.h"
#include "messages/printable.h"
#include "sim/file/json_file.h"
#include "sim/model/open/assemble.h"
#include "sim/model/open/config_json/model_config.h"
#include "sim/model/open/fp8_checkpoint.h"
#include "sim/model/open/huggingface_layout.h"
#include "sim/model/validate.h"
#include "sim/text/open/open.h"

namespace octavo::sim::model {
namespace {

/// False also where the folder may not be searched: opening the file then says why.
bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

/// A weight of codes without a scale would be another model's.
void check_scales(const Dequantised& file, Notes& notes) {
  if (!file.unscaled().empty()) {
    const std::string& name = file.unscaled().front();
    throw Error(
        fmt::format("{}: tensor {} is of type {}, and no scale of it ({}_scale or {}_scale_inv) is there; take "
                    "the checkpoint from before its quantisation to FP8",
                    messages::printable(file.name()), messages::printable(name), file.find(name)->dtype, name, name));
  }
  if (!file.scaled().empty())
    notes.push_back(
        fmt::format("FP8 weights multiplied by their scales: {}; activations are cast as the recipe says, "
                    "whatever the checkpoint says of them",
                    file.scaled().size()));
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

/// Biases of q, k and v alone are what Qwen2 has: transformers gives a Llama with attention_bias one of o too.
nlohmann::ordered_json llama_config(const Config& c, const std::array<bool, kKindCount>& biases) {
  const auto has = [&](Kind kind) { return biases[static_cast<std::size_t>(kind)]; };
  const bool qwen2 = has(Kind::attention_q) && !has(Kind::attention_out);
  nlohmann::ordered_json json{{"architectures", {qwen2 ? "Qwen2ForCausalLM" : "LlamaForCausalLM"}},
                              {"model_type", qwen2 ? "qwen2" : "llama"},
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
                              {"tie_word_embeddings", c.tied_head}};
  if (!qwen2) {
    json["attention_bias"] = has(Kind::attention_q);
    json["mlp_bias"] = has(Kind::mlp_up);
  }
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

Weights huggingface_weights(std::string_view config_text, const std::string& where, const file::TensorFile& file,
                            Notes& notes) {
  const nlohmann::json json = file::parse_json(config_text, where);
  const auto [config, biases] = read_model_config(json, where);
  validate(config, where);
  const nlohmann::json* const quantization = file::JsonObject(json, where).find("quantization_config");
  const Dequantised tensors(file, quantization != nullptr ? read_quantization(*quantization, where) : ScaleBlock{});
  check_scales(tensors, notes);
  Layout layout = with_prefixes_of(tensors, config.family == Family::gpt ? gpt2_layout() : llama_layout(), notes);
  layout.biases = biases;
  // Biases of q, k and v come without one of o in Qwen2, and in Llamas that were made of it.
  constexpr auto kOut = static_cast<std::size_t>(Kind::attention_out);
  const std::string out =
      layout.prefix + fmt::format(fmt::runtime(layout.decoder), 0) + std::string(layout.linear[kOut]);
  layout.biases[kOut] = layout.biases[kOut] && tensors.find(out + ".bias") != nullptr;
  return assemble(config, layout, tensors, notes);
}

HuggingfaceModel to_huggingface(const Weights& weights) {
  const Config& c = weights.config;
  if (c.family == Family::gpt) return {gpt2_config(c).dump(1) + "\n", disassemble(weights, gpt2_layout())};
  Layout layout = llama_layout();
  for (const Kind kind : kinds(c.family))
    layout.biases[static_cast<std::size_t>(kind)] = !weights.decoders.at(0)[kind].bias.empty();
  return {llama_config(c, layout.biases).dump(1) + "\n", disassemble(weights, layout)};
}

file::Safetensors open_huggingface_tensors(const std::filesystem::path& folder) {
  for (const char* const name : {"model.safetensors", "model.safetensors.index.json"}) {
    if (is_there(folder / name)) return file::Safetensors::open(folder / name);
  }
  throw Error(
      fmt::format("{}: the folder has neither model.safetensors nor model.safetensors.index.json; convert the "
                  "weights",
                  messages::printable(folder.string())));
}

std::filesystem::path find_huggingface_tokenizer(const std::filesystem::path& folder) {
  return text::find_tokenizer(folder);
}

}  // namespace octavo::sim::model
