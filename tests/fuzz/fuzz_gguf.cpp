// Feeds arbitrary bytes to the reader of GGUF files: the container, the model, the tokenizer.
#include "sim/model/open/gguf_model.h"
#include "sim/text/vocabulary/gguf_vocabulary.h"
#include "tests/fuzz/seeded.h"
#include "tests/sim/file/gguf/gguf_writer.h"

namespace {

namespace file = octavo::sim::file;

/// A Llama of width 2 and a tokenizer, the smallest file in which everything is right.
std::string whole_model() {
  file::GgufWriter writer;
  writer.text("general.architecture", "llama").number("llama.block_count", 1u).number("llama.context_length", 2u);
  writer.number("llama.embedding_length", 2u).number("llama.feed_forward_length", 1u);
  writer.number("llama.attention.head_count", 1u).number("llama.attention.layer_norm_rms_epsilon", 0.5f);
  writer.text("tokenizer.ggml.model", "gpt2").text("tokenizer.ggml.pre", "smollm");
  writer.texts("tokenizer.ggml.tokens", {"a", "b"}).texts("tokenizer.ggml.merges", {"a b"});
  writer.numbers<std::int32_t>("tokenizer.ggml.token_type", 5, {1, 3}).number("tokenizer.ggml.bos_token_id", 1u);
  writer.floats("token_embd.weight", {2, 2}, {1, 2, 3, 4}).floats("output_norm.weight", {2}, {1, 2});
  writer.floats("rope_freqs.weight", {1}, {1});
  for (const char* const name : {"attn_norm", "ffn_norm"}) {
    writer.floats("blk.0." + std::string(name) + ".weight", {2}, {1, 2});
  }
  for (const char* const name : {"attn_q", "attn_k", "attn_v", "attn_output"}) {
    writer.floats("blk.0." + std::string(name) + ".weight", {2, 2}, {1, 2, 3, 4});
  }
  for (const char* const name : {"ffn_gate", "ffn_up"}) {
    writer.floats("blk.0." + std::string(name) + ".weight", {1, 2}, {1, 2});
  }
  writer.floats("blk.0.ffn_down.weight", {2, 1}, {1, 2});
  return writer.file();
}

/// Metadata of every type, and a tensor of every block size.
std::string container() {
  file::GgufWriter writer;
  const auto eight = std::string(8, '\1');
  for (const std::uint32_t type : {0u, 1u, 7u}) writer.pair("k" + std::to_string(type), type, "\1");
  for (const std::uint32_t type : {2u, 3u}) writer.pair("k" + std::to_string(type), type, "\1\1");
  for (const std::uint32_t type : {4u, 5u, 6u}) writer.pair("k" + std::to_string(type), type, eight.substr(4));
  for (const std::uint32_t type : {10u, 11u, 12u}) writer.pair("k" + std::to_string(type), type, eight);
  writer.text("k8", "text").texts("k9", {"x"}).number("general.alignment", 32u);
  writer.tensor("q4_1", {32}, 3, std::string(20, '\1')).tensor("q6_k", {1, 256}, 14, std::string(210, '\1'));
  writer.tensor("f64", {1, 1, 1, 1}, 28, eight);
  return writer.file();
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned random) {
  static const std::vector<std::string> seeds{whole_model(), container()};
  return octavo::fuzz::mutate_or_seed(data, size, max_size, random, seeds);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace octavo::sim::model;
  octavo::fuzz::expect_result_or_error([&] {
    const file::Gguf file(file::in_memory({reinterpret_cast<const char*>(data), size}));
    for (const file::TensorInfo& info : file.tensors()) file.load(info.name);
    octavo::fuzz::expect_result_or_error([&] { octavo::sim::text::gguf_vocabulary(file); });
    octavo::fuzz::expect_result_or_error([&] {
      Notes notes;
      gguf_weights(file, notes);
    });
  });
  return 0;
}
