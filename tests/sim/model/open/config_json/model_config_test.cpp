// Configurations as their publishers wrote them, read whole; and keys that are not understood, refused by name.
#include "sim/model/open/config_json/model_config.h"

#include <gtest/gtest.h>

#include "tests/sim/file/file_writers.h"

namespace octavo::sim::model {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

ModelConfig read(const json& config) { return read_model_config(config, "config.json"); }

auto refusal(const json& config) {
  return [=] { read(config); };
}

const char* const kGpt2 = R"({
  "activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.1, "bos_token_id": 50256,
  "embd_pdrop": 0.1, "eos_token_id": 50256, "initializer_range": 0.02, "layer_norm_epsilon": 1e-05,
  "model_type": "gpt2", "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 1024,
  "resid_pdrop": 0.1, "summary_activation": null, "summary_first_dropout": 0.1, "summary_proj_to_labels": true,
  "summary_type": "cls_index", "summary_use_proj": true,
  "task_specific_params": {"text-generation": {"do_sample": true, "max_length": 50}}, "vocab_size": 50257})";

const char* const kLlama1 = R"({
  "architectures": ["LlamaForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu",
  "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 11008, "max_position_embeddings": 2048,
  "max_sequence_length": 2048, "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 32,
  "pad_token_id": 0, "rms_norm_eps": 1e-06, "tie_word_embeddings": false, "torch_dtype": "float16",
  "transformers_version": "4.28.0.dev0", "use_cache": true, "vocab_size": 32000})";

const char* const kLlama2 = R"({
  "_name_or_path": "meta-llama/Llama-2-7b-hf", "architectures": ["LlamaForCausalLM"], "bos_token_id": 1,
  "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02,
  "intermediate_size": 11008, "max_position_embeddings": 4096, "model_type": "llama", "num_attention_heads": 32,
  "num_hidden_layers": 32, "num_key_value_heads": 32, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
  "rope_scaling": null, "tie_word_embeddings": false, "torch_dtype": "float16",
  "transformers_version": "4.31.0.dev0", "use_cache": true, "vocab_size": 32000})";

const char* const kLlama31 = R"({
  "architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 128000,
  "eos_token_id": [128001, 128008, 128009], "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02,
  "intermediate_size": 14336, "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "llama",
  "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "pretraining_tp": 1,
  "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
  "original_max_position_embeddings": 8192, "rope_type": "llama3"}, "rope_theta": 500000.0,
  "tie_word_embeddings": false, "torch_dtype": "bfloat16", "transformers_version": "4.42.3", "use_cache": true,
  "vocab_size": 128256})";

const char* const kSmolLm2 = R"({
  "architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 1,
  "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 576, "initializer_range": 0.041666666666666664,
  "intermediate_size": 1536, "is_llama_config": true, "max_position_embeddings": 8192, "mlp_bias": false,
  "model_type": "llama", "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3,
  "pad_token_id": 2, "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_interleaved": false, "rope_scaling": null,
  "rope_theta": 100000, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
  "transformers.js_config": {"dtype": "q4", "kv_cache_dtype": {"q4f16": "float16", "fp16": "float16"}},
  "transformers_version": "4.42.3", "use_cache": true, "vocab_size": 49152})";

const char* const kTinyLlama = R"({
  "architectures": ["LlamaForCausalLM"], "attention_bias": false, "bos_token_id": 1, "eos_token_id": 2,
  "hidden_act": "silu", "hidden_size": 2048, "initializer_range": 0.02, "intermediate_size": 5632,
  "max_position_embeddings": 2048, "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 22,
  "num_key_value_heads": 4, "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": null, "rope_theta": 10000.0,
  "tie_word_embeddings": false, "torch_dtype": "bfloat16", "transformers_version": "4.35.0", "use_cache": true,
  "vocab_size": 32000})";

const char* const kMistral02 = R"({
  "architectures": ["MistralForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2,
  "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 14336,
  "max_position_embeddings": 32768, "model_type": "mistral", "num_attention_heads": 32, "num_hidden_layers": 32,
  "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 1000000.0, "sliding_window": null,
  "tie_word_embeddings": false, "torch_dtype": "bfloat16", "transformers_version": "4.36.0", "use_cache": true,
  "vocab_size": 32000})";

const char* const kQwen25 = R"({
  "architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151643,
  "hidden_act": "silu", "hidden_size": 896, "initializer_range": 0.02, "intermediate_size": 4864,
  "max_position_embeddings": 32768, "max_window_layers": 24, "model_type": "qwen2", "num_attention_heads": 14,
  "num_hidden_layers": 24, "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0,
  "sliding_window": 32768, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.40.1",
  "use_cache": true, "use_mrope": false, "use_sliding_window": false, "vocab_size": 151936})";

TEST(ModelConfig, PublishedConfigurationsAreRead) {
  const Config gpt2 = read(json::parse(kGpt2)).config;
  EXPECT_EQ(gpt2.family, Family::gpt);
  EXPECT_EQ(gpt2.hidden, 3072);
  EXPECT_TRUE(gpt2.tied_head);
  const Config llama1 = read(json::parse(kLlama1)).config;
  EXPECT_EQ(llama1.kv_heads, 32);
  EXPECT_EQ(llama1.rope_theta, 10000.0);
  EXPECT_EQ(llama1.norm_epsilon, 1e-6);
  EXPECT_EQ(read(json::parse(kLlama2)).config.context, 4096);
  const Config llama31 = read(json::parse(kLlama31)).config;
  EXPECT_EQ(llama31.rope_theta, 500000.0);
  EXPECT_EQ(llama31.rope_scaling, (nn::RopeScaling{nn::RopeScaling::Kind::llama3, 8.0, 1.0, 4.0, 8192.0}));
  const Config smollm2 = read(json::parse(kSmolLm2)).config;
  EXPECT_EQ(smollm2.rope_theta, 100000.0);
  EXPECT_EQ(smollm2.head_width, 64);
  EXPECT_EQ(read(json::parse(kTinyLlama)).config.kv_heads, 4);
  const Config mistral = read(json::parse(kMistral02)).config;
  EXPECT_EQ(mistral.family, Family::llama);
  EXPECT_EQ(mistral.rope_theta, 1000000.0);
}

TEST(ModelConfig, Qwen2HasBiasesOfQKAndV) {
  const auto [config, biases] = read(json::parse(kQwen25));
  EXPECT_EQ(config.kv_heads, 2);
  for (const Kind kind : {Kind::attention_q, Kind::attention_k, Kind::attention_v})
    EXPECT_TRUE(biases[static_cast<std::size_t>(kind)]) << name(kind);
  for (const Kind kind : {Kind::mlp_gate, Kind::mlp_up, Kind::mlp_down})
    EXPECT_FALSE(biases[static_cast<std::size_t>(kind)]) << name(kind);
}

// transformers 5 writes rope_parameters, and dtype in place of torch_dtype.
TEST(ModelConfig, ConfigurationsOfTransformers5AreRead) {
  json smollm2 = json::parse(kSmolLm2);
  for (const char* const gone : {"rope_theta", "rope_scaling", "torch_dtype"}) smollm2.erase(gone);
  smollm2["dtype"] = "bfloat16";
  smollm2["rope_parameters"] = {{"rope_theta", 100000}, {"rope_type", "default"}};
  EXPECT_EQ(read(smollm2).config, read(json::parse(kSmolLm2)).config);
  json llama31 = json::parse(kLlama31);
  llama31["rope_parameters"] = llama31["rope_scaling"];
  llama31["rope_parameters"]["rope_theta"] = 500000.0;
  llama31.erase("rope_theta");
  llama31.erase("rope_scaling");
  llama31["layer_types"] = {"full_attention", "full_attention"};
  EXPECT_EQ(read(llama31).config, read(json::parse(kLlama31)).config);
}

TEST(ModelConfig, WindowsThatAContextReachesAreRefused) {
  json config = json::parse(kMistral02);
  config["sliding_window"] = 32768;  // not below the context
  EXPECT_EQ(read(config).config.context, 32768);
  config["sliding_window"] = 4096;  // as Mistral 7B v0.1
  EXPECT_THAT(refusal(config), file::throws_one_line(HasSubstr("sliding_window = 4096 is below the context of 32768")));
  config.erase("sliding_window");
  EXPECT_THAT(refusal(config), file::throws_one_line(HasSubstr("sliding_window = 4096 (the default) is below")));
  config["max_position_embeddings"] = 4096;
  EXPECT_EQ(read(config).config.context, 4096);
  json qwen2 = json::parse(kQwen25);
  qwen2["use_sliding_window"] = true;
  qwen2["sliding_window"] = 1024;
  EXPECT_THAT(refusal(qwen2), file::throws_one_line(HasSubstr("sliding_window = 1024 is below")));
  json layers = json::parse(kLlama2);
  layers["layer_types"] = {"full_attention", "sliding_attention"};
  EXPECT_THAT(refusal(layers), file::throws_one_line(HasSubstr("layer_types names '\"sliding_attention\"'")));
  json keys = json::parse(kMistral02);
  keys.erase("num_key_value_heads");  // Mistral's default is 8, not the heads
  EXPECT_THAT(refusal(keys), file::throws_one_line(HasSubstr("'num_key_value_heads' is missing")));
}

TEST(ModelConfig, KeysThatAreNotUnderstoodAreRefusedByName) {
  const auto refused = [](const char* config, const std::string& key, const json& value, const std::string& why) {
    json changed = json::parse(config);
    changed[key] = value;
    EXPECT_THAT(refusal(changed), file::throws_one_line(HasSubstr(why))) << key;
    changed[key] = nullptr;
    EXPECT_NO_THROW(read(changed)) << key;
  };
  refused(kLlama2, "rotary_base", 500000, "key 'rotary_base' is not known");
  refused(kLlama2, "final_logit_softcapping", 30.0, "key 'final_logit_softcapping' is not known");
  refused(kLlama2, "attention_multiplier", 0.0625, "key 'attention_multiplier' is not known");
  refused(kLlama2, "no_rope_layers", json::array({1, 1, 1, 0}), "key 'no_rope_layers' is not known");
  refused(kLlama2, "num_local_experts", 8, "key 'num_local_experts' is not known");
  refused(kLlama2, "rope_interleaved", true, "rope_interleaved = 'true' is not implemented, only false");
  refused(kLlama2, "residual_multiplier", 0.22, "residual_multiplier = '0.22' is not implemented, only 1.0");
  refused(kGpt2, "scale_attn_by_inverse_layer_idx", true, "scale_attn_by_inverse_layer_idx = 'true'");
  refused(kGpt2, "bias", false, "key 'bias' is not known");  // nanoGPT's
  refused(kGpt2, "rope_theta", 10000.0, "key 'rope_theta' is not known");
  refused(kGpt2, "pruned_heads", {{"0", {1}}}, "pruned_heads = ");
}

TEST(ModelConfig, KeysOfRopeThatAreNotUnderstoodAreRefusedByName) {
  const auto refused = [](const std::string& key, const json& value, const std::string& why) {
    json changed = json::parse(kLlama2);
    changed[key] = value;
    EXPECT_THAT(refusal(changed), file::throws_one_line(HasSubstr(why)));
  };
  refused("rope_scaling", {{"type", "linear"}, {"factor", 2.0}, {"attention_factor", 0.5}},
          "key 'attention_factor' of rope_scaling is not understood with the type 'linear'");
  refused("rope_parameters", {{"rope_type", "default"}, {"rope_theta", 1e6}, {"factor", 4.0}},
          "key 'factor' of rope_parameters is not understood with the type 'default'");
  refused("rope_parameters", {{"full_attention", {{"rope_theta", 1e6}}}, {"sliding_attention", {{"rope_theta", 1e4}}}},
          "rope_parameters keeps parameters for 'full_attention' alone");
  refused("rope_parameters", {{"rope_type", "default"}}, "rope_parameters has no rope_theta");
  refused("rope_scaling", {{"type", "linear"}, {"rope_type", "llama3"}, {"factor", 2.0}},
          "rope_scaling names two types, 'llama3' and 'linear'");
  json both = json::parse(kLlama31);
  both["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 500000.0}};
  EXPECT_THAT(refusal(both), file::throws_one_line(HasSubstr("rope_parameters and rope_scaling contradict")));
}

}  // namespace
}  // namespace octavo::sim::model
