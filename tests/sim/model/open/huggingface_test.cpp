// Hugging Face folders: both model types made here, and everything that is refused.
#include "sim/model/open/huggingface.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <numeric>

#include "sim/model/open/open.h"
#include "tests/shared_data.h"
#include "tests/sim/file/file_writers.h"
#include "tests/sim/file/safetensors/safetensors_writer.h"

namespace octavo::sim::model {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<float> counting(std::int64_t count, float from = 0) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), from);
  return values;
}

void add(file::SafetensorsWriter& writer, const std::string& name, const std::vector<std::int64_t>& shape,
         float from = 0) {
  writer.floats(name, shape,
                counting(std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()), from));
}

json gpt2_config() {
  return {{"model_type", "gpt2"},
          {"n_layer", 1},
          {"n_embd", 4},
          {"n_head", 2},
          {"n_positions", 3},
          {"vocab_size", 5},
          {"n_inner", nullptr},
          {"layer_norm_epsilon", 0.25},
          {"activation_function", "gelu_new"}};
}

file::SafetensorsWriter gpt2_tensors(const std::string& prefix) {
  file::SafetensorsWriter writer;
  add(writer, prefix + "wte.weight", {5, 4});
  add(writer, prefix + "wpe.weight", {3, 4});
  for (const char* const name : {"h.0.ln_1", "h.0.ln_2", "ln_f"}) {
    add(writer, prefix + name + ".weight", {4}, 10);
    add(writer, prefix + name + ".bias", {4}, 20);
  }
  add(writer, prefix + "h.0.attn.bias", {1, 1, 3, 3});  // the causal mask, which old checkpoints hold
  for (const auto& [name, inputs, outputs] :
       {std::tuple("attn.c_attn", 4, 12), {"attn.c_proj", 4, 4}, {"mlp.c_fc", 4, 16}, {"mlp.c_proj", 16, 4}}) {
    add(writer, prefix + "h.0." + name + ".weight", {inputs, outputs});
    add(writer, prefix + "h.0." + name + ".bias", {outputs});
  }
  return writer;
}

json llama_config() {
  return {{"architectures", {"LlamaForCausalLM"}},
          {"num_hidden_layers", 1},
          {"hidden_size", 8},
          {"num_attention_heads", 2},
          {"num_key_value_heads", 1},
          {"intermediate_size", 6},
          {"vocab_size", 5},
          {"max_position_embeddings", 32},
          {"rms_norm_eps", 0.5},
          {"rope_theta", 500.0},
          {"hidden_act", "silu"},
          {"tie_word_embeddings", true}};
}

file::SafetensorsWriter llama_tensors(std::int64_t head_width = 4) {
  file::SafetensorsWriter writer;
  const std::string layer = "model.layers.0.";
  add(writer, "model.embed_tokens.weight", {5, 8});
  add(writer, layer + "input_layernorm.weight", {8}, 1);
  add(writer, layer + "post_attention_layernorm.weight", {8}, 2);
  add(writer, layer + "self_attn.q_proj.weight", {2 * head_width, 8}, 100);
  add(writer, layer + "self_attn.k_proj.weight", {head_width, 8}, 200);
  add(writer, layer + "self_attn.v_proj.weight", {head_width, 8}, 300);
  add(writer, layer + "self_attn.o_proj.weight", {8, 2 * head_width}, 400);
  add(writer, layer + "mlp.gate_proj.weight", {6, 8}, 500);
  add(writer, layer + "mlp.up_proj.weight", {6, 8}, 600);
  add(writer, layer + "mlp.down_proj.weight", {8, 6}, 700);
  add(writer, "model.norm.weight", {8}, 3);
  return writer;
}

Weights read(const json& config, const file::SafetensorsWriter& tensors, Notes& notes) {
  return huggingface_weights(config.dump(), "config.json", file::Safetensors(file::in_memory(tensors.file())), notes);
}

Weights read(const json& config, const file::SafetensorsWriter& tensors) {
  Notes notes;
  return read(config, tensors, notes);
}

auto refusal(const json& config, const file::SafetensorsWriter& tensors) {
  return [=] { read(config, tensors); };
}

/// `config` with one more key, or another value.
json with(json config, const std::string& key, const json& value) {
  config[key] = value;
  return config;
}

TEST(HuggingFace, Gpt2WithAndWithoutPrefix) {
  for (const char* const prefix : {"", "transformer."}) {
    const Weights weights = read(gpt2_config(), gpt2_tensors(prefix));
    const Config expected{.family = Family::gpt,
                          .layers = 1,
                          .width = 4,
                          .heads = 2,
                          .kv_heads = 2,
                          .head_width = 2,
                          .hidden = 16,
                          .vocabulary = 5,
                          .context = 3,
                          .norm_epsilon = 0.25,
                          .activation = Activation::gelu_tanh,
                          .tied_head = true};
    EXPECT_EQ(weights.config, expected);
    const DecoderWeights& decoder = weights.decoders[0];
    // Stored [in, out] = [4, 12], so our row n holds n, n + 12, n + 24, n + 36.
    EXPECT_THAT(decoder[Kind::attention_qkv].weight.shape, ElementsAre(12, 4));
    EXPECT_THAT(decoder[Kind::attention_qkv].weight.values.subspan(4, 4), ElementsAre(1, 13, 25, 37));
    EXPECT_THAT(decoder[Kind::mlp_down].weight.shape, ElementsAre(4, 16));
    EXPECT_THAT(decoder[Kind::mlp_down].weight.values.subspan(16, 2), ElementsAre(1, 5));
    EXPECT_THAT(decoder[Kind::attention_out].bias.values, ElementsAre(0, 1, 2, 3));
    EXPECT_EQ(decoder.mlp_norm.gain.values[0], 10);
    EXPECT_EQ(weights.final_norm.bias.values[0], 20);
    EXPECT_EQ(weights.head.weight.values.data(), weights.token_embedding.values.data());
  }
}

TEST(HuggingFace, Gpt2WithAHeadOfItsOwn) {
  file::SafetensorsWriter tensors = gpt2_tensors("transformer.");
  add(tensors, "lm_head.weight", {5, 4}, 50);
  EXPECT_EQ(read(with(gpt2_config(), "tie_word_embeddings", false), tensors).head.weight.values[0], 50);
  EXPECT_EQ(read(gpt2_config(), tensors).head.weight.values[0], 0);  // tied: the stored copy is not used
}

TEST(HuggingFace, Gpt2Settings) {
  EXPECT_EQ(read(with(gpt2_config(), "activation_function", "gelu"), gpt2_tensors("")).config.activation,
            Activation::gelu_erf);
  EXPECT_EQ(read(with(gpt2_config(), "activation_function", "gelu_pytorch_tanh"), gpt2_tensors("")).config.activation,
            Activation::gelu_tanh);
  const auto refused = [](const std::string& key, const json& value, const std::string& why) {
    EXPECT_THAT(refusal(with(gpt2_config(), key, value), gpt2_tensors("")), file::throws_one_line(HasSubstr(why)));
  };
  refused("activation_function", "relu", "'relu' is not implemented");
  refused("scale_attn_weights", false, "scale_attn_weights = 'false' is not implemented, only true");
  refused("scale_attn_by_inverse_layer_idx", true, "scale_attn_by_inverse_layer_idx = 'true' is not implemented");
  refused("add_cross_attention", true, "add_cross_attention = 'true' is not implemented, only false");
  refused("n_head", 3, "do not make up width 4");
  refused("n_inner", 17, "'h.0.mlp.c_fc.weight' has shape [4, 16], but the model's configuration asks for [4, 17]");
}

TEST(HuggingFace, Llama) {
  const Weights weights = read(llama_config(), llama_tensors());
  const Config expected{.family = Family::llama,
                        .layers = 1,
                        .width = 8,
                        .heads = 2,
                        .kv_heads = 1,
                        .head_width = 4,
                        .hidden = 6,
                        .vocabulary = 5,
                        .context = 32,
                        .norm_epsilon = 0.5,
                        .rope_theta = 500.0,
                        .activation = Activation::silu,
                        .tied_head = true};
  EXPECT_EQ(weights.config, expected);
  const DecoderWeights& decoder = weights.decoders[0];
  EXPECT_EQ(decoder.attention_norm.gain.values[0], 1);
  EXPECT_EQ(decoder.mlp_norm.gain.values[0], 2);
  float first = 100;
  for (const Kind kind : {Kind::attention_q, Kind::attention_k, Kind::attention_v, Kind::attention_out, Kind::mlp_gate,
                          Kind::mlp_up, Kind::mlp_down}) {
    EXPECT_EQ(decoder[kind].weight.values[0], first) << name(kind);
    EXPECT_EQ(decoder[kind].weight.values[9], first + 9) << name(kind);
    EXPECT_TRUE(decoder[kind].bias.empty());
    first += 100;
  }
}

TEST(HuggingFace, LlamaSettings) {
  file::SafetensorsWriter untied = llama_tensors();
  add(untied, "lm_head.weight", {5, 8}, 9);
  EXPECT_EQ(read(with(llama_config(), "tie_word_embeddings", false), untied).head.weight.values[0], 9);
  EXPECT_EQ(read(with(llama_config(), "head_dim", 6), llama_tensors(6)).config.head_width, 6);

  json biased = with(with(llama_config(), "attention_bias", true), "mlp_bias", true);
  file::SafetensorsWriter tensors = llama_tensors();
  EXPECT_THAT(refusal(biased, tensors),
              file::throws_one_line(AllOf(HasSubstr("6 of 17"), HasSubstr("self_attn.q_proj.bias"))));
  for (const auto& [name, rows] : {std::pair("self_attn.q_proj", 8),
                                   {"self_attn.k_proj", 4},
                                   {"self_attn.v_proj", 4},
                                   {"self_attn.o_proj", 8},
                                   {"mlp.gate_proj", 6},
                                   {"mlp.up_proj", 6},
                                   {"mlp.down_proj", 8}}) {
    add(tensors, "model.layers.0." + std::string(name) + ".bias", {rows});
  }
  EXPECT_THAT(read(biased, tensors).decoders[0][Kind::attention_q].bias.values, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST(HuggingFace, RopeScalings) {
  const auto scaling = [](const json& config) { return read(config, llama_tensors()).config.rope_scaling; };
  const nn::RopeScaling linear{.kind = nn::RopeScaling::Kind::linear, .factor = 2.0};
  EXPECT_EQ(scaling(with(llama_config(), "rope_scaling", {{"type", "linear"}, {"factor", 2}})), linear);
  EXPECT_EQ(scaling(with(llama_config(), "rope_scaling", nullptr)), nn::RopeScaling{});
  const json llama3{{"rope_type", "llama3"},
                    {"factor", 8.0},
                    {"low_freq_factor", 1.0},
                    {"high_freq_factor", 4.0},
                    {"original_max_position_embeddings", 8192},
                    {"rope_theta", 700.0}};
  const Config c = read(with(llama_config(), "rope_parameters", llama3), llama_tensors()).config;
  EXPECT_EQ(c.rope_theta, 700.0);
  EXPECT_EQ(c.rope_scaling, (nn::RopeScaling{nn::RopeScaling::Kind::llama3, 8.0, 1.0, 4.0, 8192.0}));
  const auto refused = [](const std::string& key, const json& value, const std::string& why) {
    EXPECT_THAT(refusal(with(llama_config(), key, value), llama_tensors()), file::throws_one_line(HasSubstr(why)));
  };
  refused("rope_scaling", {{"rope_type", "yarn"}, {"factor", 2}}, "'yarn' is not implemented");
  refused("rope_scaling", {{"type", "dynamic"}, {"factor", 2}}, "'dynamic' is not implemented");
  refused("rope_scaling", {{"type", "linear"}}, "'factor' is missing");
  refused("rope_scaling", {{"type", "linear"}, {"factor", 0}}, "not positive");
  refused("rope_scaling", "linear", "not an object");
  refused("rope_theta", -1, "rope theta = -1 is not positive");
  refused("partial_rotary_factor", 0.5, "partial RoPE is not implemented");
  json equal = llama3;
  equal["high_freq_factor"] = 1.0;
  refused("rope_scaling", equal, "rope high-frequency factor is not above the low-frequency factor");
}

TEST(HuggingFace, WhatIsNotImplementedIsNamed) {
  const auto refused = [](const std::string& key, const json& value, const std::string& why) {
    EXPECT_THAT(refusal(with(llama_config(), key, value), llama_tensors()), file::throws_one_line(HasSubstr(why)));
  };
  refused("model_type", "gemma2", "model type 'gemma2' is not implemented");
  refused("architectures", {"PhiForCausalLM"}, "model type 'PhiForCausalLM' is not implemented");
  refused("architectures", json::array(), "model type '(none)' is not implemented");
  refused("hidden_act", "gelu", "'gelu' is not implemented");
  refused("quantization_config", {{"quant_method", "awq"}}, "quantised by method 'awq'");
  file::SafetensorsWriter stray = llama_tensors();  // a scale of a weight that is not of codes
  stray.tensor("model.layers.0.self_attn.q_proj.weight_scale_inv", "F32", {1}, "1234");
  EXPECT_THAT(refusal(llama_config(), stray), file::throws_one_line(HasSubstr("weight_scale_inv' has no place")));
  file::SafetensorsWriter extra = llama_tensors();
  add(extra, "model.layers.0.self_attn.q_norm.weight", {4});
  EXPECT_THAT(refusal(llama_config(), extra), file::throws_one_line(HasSubstr("q_norm.weight' has no place")));
}

/// The tensors of `writer` under other names.
template <class Rename>
file::SafetensorsWriter renamed(const file::SafetensorsWriter& writer, Rename&& rename) {
  file::SafetensorsWriter result;
  const file::Safetensors whole(file::in_memory(writer.file()));
  for (const file::TensorInfo& info : whole.tensors()) {
    const file::Tensor tensor = whole.load(info.name);
    result.floats(rename(info.name), info.shape, {tensor.values.begin(), tensor.values.end()});
  }
  return result;
}

TEST(HuggingFace, BiasesOfQKAndVAlone) {
  file::SafetensorsWriter tensors = llama_tensors();
  for (const auto& [name, rows] : {std::pair("q_proj", 8), {"k_proj", 4}, {"v_proj", 4}})
    add(tensors, "model.layers.0.self_attn." + std::string(name) + ".bias", {rows}, 5);
  const Weights llama = read(with(llama_config(), "attention_bias", true), tensors);
  const Weights qwen2 = read(with(llama_config(), "model_type", "qwen2"), tensors);
  for (const Weights* const weights : {&llama, &qwen2}) {
    const DecoderWeights& decoder = weights->decoders[0];
    EXPECT_THAT(decoder[Kind::attention_k].bias.values, ElementsAre(5, 6, 7, 8));
    EXPECT_TRUE(decoder[Kind::attention_out].bias.empty());
    EXPECT_TRUE(decoder[Kind::mlp_up].bias.empty());
  }
  // Without the key, they would be left out silently by other programs, and are no part of a Llama.
  EXPECT_THAT(refusal(llama_config(), tensors), file::throws_one_line(HasSubstr("q_proj.bias' has no place")));
  EXPECT_THAT(refusal(with(llama_config(), "model_type", "qwen2"), llama_tensors()),
              file::throws_one_line(HasSubstr("3 of 14 tensors")));

  // And back: transformers gives a Llama with attention_bias a bias of o, so the file is a Qwen2.
  const HuggingfaceModel written = to_huggingface(llama);
  const json config = json::parse(written.config);
  EXPECT_EQ(config["model_type"], "qwen2");
  EXPECT_EQ(written.tensors.size(), 14U);
  EXPECT_EQ(read(config, tensors).config, llama.config);
}

TEST(HuggingFace, MistralWithoutAWindowIsALlama) {
  const Weights llama = read(llama_config(), llama_tensors());
  json config = with(llama_config(), "model_type", "mistral");
  config["sliding_window"] = nullptr;
  EXPECT_EQ(read(config, llama_tensors()).config, llama.config);
}

TEST(HuggingFace, ATiedMatrixMayHaveEitherName) {
  // GPT-2's writer with wte under the name of the head.
  const auto head_alone = [](const std::string& name) {
    return name == "transformer.wte.weight" ? "lm_head.weight" : name;
  };
  const Weights weights = read(gpt2_config(), renamed(gpt2_tensors("transformer."), head_alone));
  EXPECT_EQ(weights.token_embedding.values[7], 7);
  EXPECT_EQ(weights.head.weight.values.data(), weights.token_embedding.values.data());
  // Not tied: both are needed, and the message says what would make one enough.
  EXPECT_THAT(refusal(with(llama_config(), "tie_word_embeddings", false), llama_tensors()),
              file::throws_one_line(AllOf(HasSubstr("1 of 12"), HasSubstr("lm_head.weight; if the head shares"))));
  // Both are there: the head's copy is left out, and a note says so.
  file::SafetensorsWriter both = llama_tensors();
  add(both, "lm_head.weight", {5, 8}, 9);
  Notes notes;
  EXPECT_EQ(read(llama_config(), both, notes).head.weight.values[0], 0);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("'lm_head.weight' is left out: the configuration ties")));
}

TEST(HuggingFace, BuffersAreLeftOutWithANote) {
  file::SafetensorsWriter tensors = llama_tensors();
  tensors.tensor("model.embed_tokens.position_ids", "I64", {1}, std::string(8, '\0'));
  tensors.tensor("model.layers.0.self_attn.mask", "BOOL", {1}, "\1");
  add(tensors, "model.layers.0.self_attn.rotary_emb.inv_freq", {2});
  add(tensors, "model.layers.0.self_attn.k_scale", {1});
  add(tensors, "model.layers.0.self_attn.q_proj.input_scale", {1});
  Notes notes;
  EXPECT_EQ(read(llama_config(), tensors, notes).config.width, 8);
  EXPECT_THAT(notes, ElementsAre(AllOf(HasSubstr("scales of caches and activations): 5, "),
                                       HasSubstr("'model.embed_tokens.position_ids' to "))));
  file::SafetensorsWriter parameter = llama_tensors();  // k_scale ends its name, but is no name of its own
  add(parameter, "model.layers.0.self_attn.link_scale", {1});
  EXPECT_THAT(refusal(llama_config(), parameter), file::throws_one_line(HasSubstr("link_scale' has no place")));
  file::SafetensorsWriter integers = llama_tensors();  // not every integer is a buffer
  integers.tensor("model.layers.0.self_attn.q_proj.qweight", "I32", {1}, "1234");
  EXPECT_THAT(refusal(llama_config(), integers), file::throws_one_line(HasSubstr("qweight' has no place")));
}

TEST(HuggingFace, PrefixesOfWrappersAreTakenOff) {
  json config = with(llama_config(), "tie_word_embeddings", false);
  file::SafetensorsWriter untied = llama_tensors();
  add(untied, "lm_head.weight", {5, 8}, 9);
  for (const std::string prefix :
       {"_orig_mod.", "module.", "_orig_mod.module.", "base_model.model.", "language_model."}) {
    Notes notes;
    const Weights weights =
        read(config, renamed(untied, [&](const std::string& name) { return prefix + name; }), notes);
    EXPECT_EQ(weights.decoders[0][Kind::mlp_up].weight.values[0], 600) << prefix;
    EXPECT_EQ(weights.head.weight.values[0], 9) << prefix;
    EXPECT_THAT(notes, ElementsAre(HasSubstr("'" + prefix + "' is taken off"))) << prefix;
  }
  // The inner model saved alone.
  const auto inner = [](const std::string& name) { return name.substr(name.find('.') + 1); };
  EXPECT_EQ(read(llama_config(), renamed(llama_tensors(), inner)).final_norm.gain.values[0], 3);
  // A wrapper around each decoder.
  const auto each = [](std::string name) {
    const std::string decoder = "layers.0.";
    if (const std::size_t at = name.find(decoder); at != name.npos) name.insert(at + decoder.size(), "_orig_mod.");
    return name;
  };
  EXPECT_EQ(read(llama_config(), renamed(llama_tensors(), each)).decoders[0][Kind::mlp_up].weight.values[0], 600);
  const auto gpt2 = [](const std::string& name) { return "_orig_mod." + name; };
  EXPECT_EQ(read(gpt2_config(), renamed(gpt2_tensors("transformer."), gpt2)).final_norm.bias.values[0], 20);
  // Other names are not guessed at, but shown.
  const auto other = [](const std::string& name) { return "x." + name + ".x"; };
  EXPECT_THAT(refusal(llama_config(), renamed(llama_tensors(), other)),
              file::throws_one_line(HasSubstr("; the file's first is called 'x.model.embed_tokens.weight.x'")));
  // What ends in model. need not be the model of transformers: the head is not looked for beside it.
  const auto part = [](const std::string& name) { return "my_" + name; };
  Notes notes;
  EXPECT_EQ(read(llama_config(), renamed(llama_tensors(), part), notes).final_norm.gain.values[0], 3);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("'my_model.' is taken off")));
}

TEST(HuggingFace, Fp8WeightsAreMultipliedByTheirScales) {
  json config = llama_config();
  config["quantization_config"] = {{"quant_method", "fp8"}, {"weight_block_size", {4, 8}}};
  const std::string name = "model.layers.0.mlp.up_proj.weight";
  const auto tensors = [&](bool with_scale) {
    file::SafetensorsWriter writer;
    const file::Safetensors whole(file::in_memory(llama_tensors().file()));
    for (const file::TensorInfo& info : whole.tensors()) {
      const file::Tensor tensor = whole.load(info.name);
      if (info.name != name) writer.floats(info.name, info.shape, {tensor.values.begin(), tensor.values.end()});
    }
    writer.tensor(name, "F8_E4M3", {6, 8}, std::string(48, '\x3c'));  // 1.5
    if (with_scale) writer.floats(name + "_scale_inv", {2, 1}, {2, 0.25F});
    return writer;
  };
  Notes notes;
  const file::Tensor up = read(config, tensors(true), notes).decoders[0][Kind::mlp_up].weight;
  EXPECT_EQ(up.values[31], 3.0F);
  EXPECT_EQ(up.values[32], 0.375F);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("FP8 weights multiplied by their scales: 1;")));
  EXPECT_THAT(
      refusal(config, tensors(false)),
      file::throws_one_line(AllOf(HasSubstr("'" + name + "' is of type F8_E4M3"), HasSubstr("no scale of it"))));
}

TEST(HuggingFace, AbsurdConfigurationsAreRefused) {
  const auto refused = [](const std::string& key, const json& value, const std::string& why) {
    EXPECT_THAT(refusal(with(llama_config(), key, value), llama_tensors()), file::throws_one_line(HasSubstr(why)))
        << key;
  };
  for (const auto& [key, size] : {std::pair<std::string, std::string>("num_hidden_layers", "layers"),
                                  {"hidden_size", "width"},
                                  {"num_attention_heads", "heads"},
                                  {"num_key_value_heads", "key-value heads"},
                                  {"head_dim", "head width"},
                                  {"intermediate_size", "hidden width"},
                                  {"vocab_size", "vocabulary"},
                                  {"max_position_embeddings", "context"}}) {
    for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1'000'000'000}, INT64_MAX}) {
      refused(key, value, fmt::format(": {} = {} is outside 1..", size, value));
    }
    refused(key, 1.5, fmt::format("key '{}' is not an integer", key));
    refused(key, "8", fmt::format("key '{}' is not an integer", key));
    refused(key, std::uint64_t{1} << 63, fmt::format("key '{}' is too large", key));
  }
  refused("num_hidden_layers", 4096, "are missing: model.layers.1.input_layernorm.weight");
  refused("rms_norm_eps", 0, "norm epsilon = 0 is not positive");
  refused("head_dim", 3, "head width 3 is odd");
  refused("tie_word_embeddings", "yes", "not true or false");
  EXPECT_THAT(refusal(with(gpt2_config(), "n_embd", INT64_MAX), gpt2_tensors("")),
              file::throws_one_line(HasSubstr("n_embd = 9223372036854775807 is too large")));
  EXPECT_THAT(refusal(json::array(), llama_tensors()), file::throws_one_line(HasSubstr("not an object")));
}

TEST(HuggingFace, AFolderOpens) {
  const file::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "tiny");
  const std::filesystem::path tiny = folder / "tiny";
  EXPECT_THAT([&] { open(tiny); }, file::throws_one_line(HasSubstr("config.json")));
  file::write_file(tiny / "config.json", llama_config().dump());
  EXPECT_THAT([&] { open(tiny); }, file::throws_one_line(HasSubstr("neither model.safetensors nor")));
  file::write_file(tiny / "model.safetensors", llama_tensors().file());
  file::write_file(tiny / "tokenizer.model", "x");
  for (const std::filesystem::path& path : {tiny, tiny / ""}) {
    const ModelFile model = open(path);
    EXPECT_EQ(model.name, "tiny");
    EXPECT_EQ(model.size, llama_tensors().file().size());
    EXPECT_EQ(model.header, llama_config().dump() + llama_tensors().json());
    EXPECT_EQ(model.tokenizer_path, path / "tokenizer.model");
    EXPECT_EQ(model.weights.config.width, 8);
  }
  file::write_file(tiny / "tokenizer.json", "{}");
  EXPECT_EQ(open(tiny).tokenizer_path, tiny / "tokenizer.json");
}

TEST(HuggingFace, AShardedFolderOpens) {
  const file::TemporaryFolder folder;
  json weight_map;
  const file::SafetensorsWriter tensors = llama_tensors();
  const file::Safetensors listed(file::in_memory(tensors.file()));
  for (const file::TensorInfo& info : listed.tensors()) weight_map[info.name] = "model-00001-of-00001.safetensors";
  file::write_file(folder / "config.json", llama_config().dump());
  file::write_file(folder / "model-00001-of-00001.safetensors", tensors.file());
  file::write_file(folder / "model.safetensors.index.json", json{{"weight_map", weight_map}}.dump());
  const ModelFile model = open(folder.path());
  EXPECT_EQ(model.weights.decoders[0][Kind::mlp_up].weight.values[0], 600);
  EXPECT_EQ(model.size, tensors.file().size());
}

/// The recorded JSON's tensor, decoded here: base64 of binary32.
std::vector<float> recorded(const json& model, const std::string& name) {
  const auto text = model.at(name).at("data").get<std::string>();
  const std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<std::uint32_t>(digits.find(c));
    held += 6;
    if (held >= 8) bytes += static_cast<char>(bits >> (held -= 8));
  }
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

TEST(HuggingFace, GptNanoSortAsTheScriptConvertsIt) {
  OCTAVO_REQUIRE_SHARED("data/gpt-nano-sort/gpt-nano-sort-model.json");
  const std::filesystem::path source = shared_path("data/gpt-nano-sort/gpt-nano-sort-model.json");
  const file::TemporaryFolder folder;
  const std::string command = fmt::format("'{}/scripts/convert-gpt-nano-sort' '{}' '{}'", OCTAVO_SOURCE,
                                          source.string(), folder.path().string());
  ASSERT_EQ(std::system(command.c_str()), 0);
  const Weights weights = open(folder.path()).weights;
  const Config expected{.family = Family::gpt,
                        .layers = 3,
                        .width = 48,
                        .heads = 3,
                        .kv_heads = 3,
                        .head_width = 16,
                        .hidden = 192,
                        .vocabulary = 3,
                        .context = 11,
                        .norm_epsilon = 1e-5,
                        .activation = Activation::gelu_tanh,
                        .tied_head = false};
  EXPECT_EQ(weights.config, expected);
  const json model = json::parse(std::ifstream(source));
  const auto equals = [&](const std::string& name, const file::Tensor& tensor) {
    EXPECT_THAT(tensor.values, testing::ElementsAreArray(recorded(model, name))) << name;
  };
  equals("transformer.wte.weight", weights.token_embedding);
  equals("transformer.wpe.weight", weights.position_embedding);
  equals("transformer.ln_f.bias", weights.final_norm.bias);
  equals("lm_head.weight", weights.head.weight);
  for (std::size_t layer = 0; layer < 3; ++layer) {
    const std::string before = fmt::format("transformer.h.{}.", layer);
    const DecoderWeights& decoder = weights.decoders[layer];
    equals(before + "ln_1.weight", decoder.attention_norm.gain);
    equals(before + "ln_2.bias", decoder.mlp_norm.bias);
    // Linear weights are recorded [out, in], as we hold them: there and back through Conv1D's layout.
    equals(before + "attn.c_attn.weight", decoder[Kind::attention_qkv].weight);
    equals(before + "attn.c_proj.weight", decoder[Kind::attention_out].weight);
    equals(before + "mlp.c_fc.weight", decoder[Kind::mlp_up].weight);
    equals(before + "mlp.c_proj.weight", decoder[Kind::mlp_down].weight);
    equals(before + "mlp.c_proj.bias", decoder[Kind::mlp_down].bias);
  }
}

}  // namespace
}  // namespace octavo::sim::model
