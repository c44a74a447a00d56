// Feeds arbitrary bytes to the readers of safetensors and of config.json: the configuration, a zero byte, the tensors'
// file.
#include <algorithm>

#include "sim/model/open/huggingface.h"
#include "tests/fuzz/seeded.h"
#include "tests/sim/file/safetensors/safetensors_writer.h"

namespace {

namespace file = octavo::sim::file;

std::string gpt2() {
  file::SafetensorsWriter writer;
  writer.floats("wte.weight", {2, 2}, {1, 2, 3, 4}).floats("wpe.weight", {1, 2}, {1, 2});
  for (const std::string name : {"h.0.ln_1", "h.0.ln_2", "ln_f"}) {
    writer.floats(name + ".weight", {2}, {1, 2}).floats(name + ".bias", {2}, {1, 2});
  }
  writer.floats("h.0.attn.c_attn.weight", {2, 6}, std::vector<float>(12))
      .floats("h.0.attn.c_attn.bias", {6}, std::vector<float>(6));
  writer.floats("h.0.attn.c_proj.weight", {2, 2}, std::vector<float>(4))
      .floats("h.0.attn.c_proj.bias", {2}, std::vector<float>(2));
  writer.floats("h.0.mlp.c_fc.weight", {2, 1}, std::vector<float>(2)).floats("h.0.mlp.c_fc.bias", {1}, {1});
  writer.floats("h.0.mlp.c_proj.weight", {1, 2}, std::vector<float>(2))
      .floats("h.0.mlp.c_proj.bias", {2}, std::vector<float>(2));
  return R"({"model_type":"gpt2","n_layer":1,"n_embd":2,"n_head":1,"n_positions":1,"vocab_size":2,"n_inner":1})" +
         std::string(1, '\0') + writer.file();
}

std::string llama() {
  file::SafetensorsWriter writer;
  const std::string layer = "model.layers.0.";
  writer.floats("model.embed_tokens.weight", {2, 2}, {1, 2, 3, 4}).tensor("model.norm.weight", "F16", {2}, "\1\2\3\4");
  for (const char* const name : {"input_layernorm", "post_attention_layernorm"}) {
    writer.tensor(layer + name + ".weight", "BF16", {2}, "\1\2\3\4");
  }
  for (const char* const name : {"q", "k", "v", "o"}) {
    writer.floats(layer + "self_attn." + name + "_proj.weight", {2, 2}, {1, 2, 3, 4});
  }
  writer.floats(layer + "mlp.gate_proj.weight", {1, 2}, {1, 2}).floats(layer + "mlp.up_proj.weight", {1, 2}, {1, 2});
  writer.tensor(layer + "mlp.down_proj.weight", "F64", {2, 1}, std::string(16, '\1'));
  return R"({"model_type":"llama","num_hidden_layers":1,"hidden_size":2,"num_attention_heads":1,"intermediate_size":1,)"
         R"("vocab_size":2,"max_position_embeddings":1,"tie_word_embeddings":true,)"
         R"("rope_scaling":{"type":"linear","factor":2.0}})" +
         std::string(1, '\0') + writer.file();
}

/// The Llama with FP8 weights: a scale a tensor, a row, a block, and tensors that are left out.
std::string fp8() {
  file::SafetensorsWriter writer;
  const std::string layer = "_orig_mod.model.layers.0.";
  writer.floats("_orig_mod.lm_head.weight", {2, 2}, {1, 2, 3, 4}).floats("_orig_mod.model.norm.weight", {2}, {1, 2});
  for (const char* const name : {"input_layernorm", "post_attention_layernorm"})
    writer.floats(layer + name + ".weight", {2}, {1, 2});
  for (const char* const name : {"q", "k", "v", "o"}) {
    const std::string weight = layer + "self_attn." + name + "_proj.weight";
    writer.tensor(weight, "F8_E4M3", {2, 2}, "\x38\x39\x7e\x01").floats(weight + "_scale", {2, 1}, {1, 2});
    if (*name != 'o') writer.floats(layer + "self_attn." + name + "_proj.bias", {2}, {1, 2});
  }
  for (const char* const name : {"gate", "up"}) {
    const std::string weight = layer + "mlp." + name + "_proj.weight";
    writer.tensor(weight, "F8_E5M2", {1, 2}, "\x3c\x3d").floats(weight + "_scale_inv", {1, 2}, {1, 2});
  }
  writer.tensor(layer + "mlp.down_proj.weight", "F8_E4M3FNUZ", {2, 1}, "\x40\x41");
  writer.tensor(layer + "mlp.down_proj.weight_scale", "F8_E8M0", {1}, "\x7f");
  writer.tensor("_orig_mod.model.position_ids", "I64", {1}, std::string(8, '\0'));
  writer.floats(layer + "self_attn.k_scale", {1}, {1});
  return R"({"model_type":"qwen2","num_hidden_layers":1,"hidden_size":2.0,"num_attention_heads":1,"use_cache":true,)"
         R"("intermediate_size":1,"vocab_size":2,"max_position_embeddings":1,"tie_word_embeddings":true,)"
         R"("num_key_value_heads":1,"rope_parameters":{"rope_type":"default","rope_theta":10000.0},)"
         R"("quantization_config":{"quant_method":"fp8","weight_block_size":[1,1]}})" +
         std::string(1, '\0') + writer.file();
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned random) {
  static const std::vector<std::string> seeds{gpt2(), llama(), fp8()};
  return octavo::fuzz::mutate_or_seed(data, size, max_size, random, seeds);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace octavo::sim::model;
  octavo::fuzz::expect_result_or_error([&] {
    const auto* const zero = std::find(data, data + size, 0);
    const std::string config(data, zero);
    const file::Safetensors file(file::in_memory(std::string(zero == data + size ? zero : zero + 1, data + size)));
    for (const file::TensorInfo& info : file.tensors()) {
      octavo::fuzz::expect_result_or_error([&] { file.load(info.name); });
    }
    Notes notes;
    huggingface_weights(config, "config.json", file, notes);
  });
  return 0;
}
