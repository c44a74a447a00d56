// llama2.c models: the real one, layouts made here, and everything that can be wrong with a file.
#include "sim/model/open/llama2c.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "messages/error.h"
#include "sim/model/open/open.h"
#include "tests/shared_data.h"
#include "tests/sim/file/file_writers.h"

namespace octavo::sim::model {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

/// A model whose element i of the file is the number i, so that every tensor says where it came from.
std::string numbered_model(std::int32_t vocabulary) {
  // width 8, hidden 6, layers 2, heads 2 (of width 4), key-value heads 1, context 3
  std::string bytes;
  for (const std::int32_t value : {8, 6, 2, 2, 1, vocabulary, 3}) file::append(bytes, value);
  const int rows = std::abs(vocabulary);
  const int count =
      rows * 8 + 2 * (8 + 64 + 32 + 32 + 64 + 8 + 48 + 48 + 48) + 8 + 2 * 3 * 2 + (vocabulary < 0 ? rows * 8 : 0);
  for (int i = 0; i < count; ++i) file::append(bytes, static_cast<float>(i));
  return bytes;
}

TEST(Llama2c, TensorsComeInTheOrderOfTheFormat) {
  const file::FileBytes file = file::in_memory(numbered_model(5));
  const Weights weights = read_llama2c(file);
  EXPECT_EQ(weights.config.width, 8);
  EXPECT_EQ(weights.config.hidden, 6);
  EXPECT_EQ(weights.config.layers, 2);
  EXPECT_EQ(weights.config.heads, 2);
  EXPECT_EQ(weights.config.kv_heads, 1);
  EXPECT_EQ(weights.config.head_width, 4);
  EXPECT_EQ(weights.config.vocabulary, 5);
  EXPECT_EQ(weights.config.context, 3);
  EXPECT_TRUE(weights.config.tied_head);
  ASSERT_THAT(weights.decoders, SizeIs(2));
  const auto first = [](const file::Tensor& tensor) { return tensor.values.front(); };
  const DecoderWeights& last = weights.decoders[1];
  EXPECT_EQ(first(weights.token_embedding), 0);
  EXPECT_EQ(first(last.attention_norm.gain), 40 + 8);
  EXPECT_EQ(first(last[Kind::attention_q].weight), 56 + 64);
  EXPECT_EQ(first(last[Kind::attention_k].weight), 184 + 32);
  EXPECT_EQ(first(last[Kind::attention_v].weight), 248 + 32);
  EXPECT_EQ(first(last[Kind::attention_out].weight), 312 + 64);
  EXPECT_EQ(first(last.mlp_norm.gain), 440 + 8);
  EXPECT_EQ(first(last[Kind::mlp_gate].weight), 456 + 48);
  EXPECT_EQ(first(last[Kind::mlp_down].weight), 552 + 48);
  EXPECT_EQ(first(last[Kind::mlp_up].weight), 648 + 48);
  EXPECT_EQ(first(weights.final_norm.gain), 744);
  EXPECT_EQ(weights.head.weight.values.data(), weights.token_embedding.values.data());
  EXPECT_THAT(last[Kind::mlp_down].weight.shape, ElementsAre(8, 6));
  EXPECT_THAT(last[Kind::mlp_up].weight.shape, ElementsAre(6, 8));
  EXPECT_THAT(last[Kind::attention_k].weight.shape, ElementsAre(4, 8));
}

TEST(Llama2c, OnlyQAndKAreCopied) {
  const file::FileBytes file = file::in_memory(numbered_model(5));
  const Weights weights = read_llama2c(file);
  const auto viewed = [&](const file::Tensor& tensor) {
    const auto* p = reinterpret_cast<const std::byte*>(tensor.values.data());
    return p >= file.bytes.data() && p < file.bytes.data() + file.bytes.size();
  };
  const DecoderWeights& decoder = weights.decoders[0];
  for (const Kind kind : llama_kinds) {
    EXPECT_EQ(viewed(decoder[kind].weight), kind != Kind::attention_q && kind != Kind::attention_k) << name(kind);
  }
  EXPECT_TRUE(viewed(weights.token_embedding));
}

TEST(Llama2c, RowsOfQAndKMoveFromPairsToHalves) {
  const Weights weights = read_llama2c(file::in_memory(numbered_model(5)));
  const file::Tensor& q = weights.decoders[0][Kind::attention_q].weight;
  std::vector<float> row_starts;
  for (std::size_t row = 0; row < 8; ++row) row_starts.push_back((q.values[row * 8] - 56) / 8);
  EXPECT_THAT(row_starts, ElementsAre(0, 2, 1, 3, 4, 6, 5, 7));
}

TEST(Llama2c, NegativeVocabularyMeansAHeadOfItsOwn) {
  const Weights weights = read_llama2c(file::in_memory(numbered_model(-5)));
  EXPECT_FALSE(weights.config.tied_head);
  EXPECT_EQ(weights.config.vocabulary, 5);
  EXPECT_EQ(weights.head.weight.values.front(), 744 + 8 + 12);
  EXPECT_THAT(weights.head.weight.shape, ElementsAre(5, 8));
}

TEST(Llama2c, AnyOtherLengthIsRefused) {
  const std::string whole = numbered_model(5);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{27}, std::size_t{28}, whole.size() - 4, whole.size() - 1}) {
    EXPECT_THAT([&] { read_llama2c(file::in_memory(whole.substr(0, size))); },
                file::throws_one_line(HasSubstr("'memory'")));
  }
  EXPECT_THAT([&] { read_llama2c(file::in_memory(whole + "    ")); }, file::throws_one_line(HasSubstr("asks for")));
}

TEST(Llama2c, EveryFlippedHeaderBitIsRefusedOrHarmless) {
  const std::string whole = numbered_model(5);
  for (std::size_t bit = 0; bit < llama2c_header_size * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_TRUE(file::read_or_one_line_error([&] { read_llama2c(file::in_memory(damaged)); })) << "bit " << bit;
  }
}

TEST(Llama2c, NewerVersionsAreRefusedByNumber) {
  std::string bytes = numbered_model(5);
  bytes.replace(0, 8, std::string("24ka\2\0\0\0", 8));
  EXPECT_THAT([&] { read_llama2c(file::in_memory(bytes)); }, file::throws_one_line(HasSubstr("version 2")));
}

TEST(Llama2c, HeadsMustDivideTheWidth) {
  std::string bytes = numbered_model(5);
  const std::int32_t heads = 3, kv_heads = 1;
  std::memcpy(bytes.data() + 12, &heads, 4);
  std::memcpy(bytes.data() + 16, &kv_heads, 4);
  EXPECT_THAT([&] { read_llama2c(file::in_memory(bytes)); }, file::throws_one_line(HasSubstr("multiple of 3 heads")));
}

TEST(Llama2c, TheRealModelOpensWithItsTokenizer) {
  OCTAVO_REQUIRE_SHARED("data/stories260K/stories260K.bin");
  const ModelFile model = open(shared_path("data/stories260K/stories260K.bin"));
  EXPECT_EQ(model.name, "stories260K.bin");
  EXPECT_EQ(model.size, 1056540u);
  EXPECT_EQ(model.header.size(), 28u);
  EXPECT_EQ(model.tokenizer_path, shared_path("data/stories260K/tok512.bin"));
  EXPECT_FALSE(model.vocabulary.has_value());
  const Config& config = model.weights.config;
  EXPECT_EQ(config.width, 64);
  EXPECT_EQ(config.hidden, 172);
  EXPECT_EQ(config.layers, 5);
  EXPECT_EQ(config.heads, 8);
  EXPECT_EQ(config.kv_heads, 4);
  EXPECT_EQ(config.vocabulary, 512);
  EXPECT_EQ(config.context, 512);
  EXPECT_TRUE(config.tied_head);
}

TEST(Llama2c, TwoTokenizersBesideAModelAreNone) {
  const file::TemporaryFolder folder;
  file::write_file(folder / "model.bin", numbered_model(5));
  EXPECT_TRUE(open(folder / "model.bin").tokenizer_path.empty());
  file::write_file(folder / "tokenizer.bin", "x");
  EXPECT_EQ(open(folder / "model.bin").tokenizer_path, folder / "tokenizer.bin");
  file::write_file(folder / "tok5.bin", "x");
  EXPECT_TRUE(open(folder / "model.bin").tokenizer_path.empty());
}

}  // namespace
}  // namespace octavo::sim::model
