// open_tokenizer: which file of a folder is taken, and what a wrong one is told.
#include "sim/text/open/open.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "messages/error.h"
#include "tests/shared_data.h"
#include "tests/sim/text/temporary_folder.h"

namespace octavo::sim::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kTokenizerJson =
    R"({"model": {"vocab": {"a": 0, "b": 1}, "merges": []}, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}})";
constexpr const char* kVocabulary = R"({"b": 0, "a": 1, "ab": 2})";

std::string message(const std::filesystem::path& path, std::int64_t size) {
  try {
    open_tokenizer(path, size);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(OpenTokenizer, TakesAFileOrTheFirstOfAFolder) {
  const TemporaryFolder folder;
  EXPECT_THAT(message(folder.path(), 3), HasSubstr("holds no tokenizer (tokenizer.json"));
  const auto encoder = folder.write("encoder.json", kVocabulary);
  EXPECT_THAT(message(folder.path(), 3), HasSubstr("holds no tokenizer"));  // half of a pair is none
  EXPECT_THAT(message(encoder, 3), HasSubstr("vocab.bpe: no such file"));
  folder.write("vocab.bpe", "a b\n");
  EXPECT_THAT(open_tokenizer(folder.path(), 3)->encode("ab"), ElementsAre(2));
  folder.write("vocab.json", kVocabulary);
  folder.write("merges.txt", "");
  EXPECT_THAT(open_tokenizer(folder.path(), 3)->encode("ab"), ElementsAre(1, 0));
  folder.write("tokenizer.json", kTokenizerJson);
  EXPECT_THAT(open_tokenizer(folder.path(), 3)->encode("ab"), ElementsAre(0, 1));
  EXPECT_THAT(open_tokenizer(folder.path() / "vocab.json", 3)->encode("ab"), ElementsAre(1, 0));
}

TEST(OpenTokenizer, RefusesPairsOfFilesOfAnotherClass) {
  const TemporaryFolder folder;
  folder.write("vocab.json", kVocabulary);
  folder.write("merges.txt", "a b\n");
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "GPT2Tokenizer"})");
  EXPECT_EQ(message(folder.path(), 3), "accepted");
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "Qwen2Tokenizer"})");
  EXPECT_THAT(message(folder.path(), 3), HasSubstr("tokenizer class 'Qwen2Tokenizer' is not supported"));
  folder.write("tokenizer_config.json", "{");
  EXPECT_THAT(message(folder.path(), 3), HasSubstr("tokenizer_config.json: is no JSON object"));
}

TEST(OpenTokenizer, TokensBeyondTheModelAreRefusedWhereTheTextUsesThem) {
  const TemporaryFolder folder;
  const auto file = folder.write("tokenizer.json", kTokenizerJson);
  EXPECT_EQ(message(file, 2), "accepted");
  EXPECT_EQ(message(file, 64), "accepted");  // padding
  const auto tokenizer = open_tokenizer(file, 1);
  EXPECT_EQ(tokenizer->size(), 2);
  EXPECT_THAT(tokenizer->encode("aa"), ElementsAre(0, 0));
  try {
    tokenizer->encode("ab");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("tokenizer.json: the text uses token 'b' (1), but the model has 1 tokens"));
  }
}

TEST(OpenTokenizer, WhatLiesBesideIsObeyed) {
  const TemporaryFolder folder;
  folder.write("vocab.json", kVocabulary);
  folder.write("merges.txt", "a b\n");
  folder.write("added_tokens.json", R"({"<pad>": 3})");
  folder.write("tokenizer_config.json", R"({"add_bos_token": true, "bos_token": "<pad>"})");
  const auto tokenizer = open_tokenizer(folder.path(), 4);
  EXPECT_THAT(tokenizer->encode("ab<pad>a"), ElementsAre(2, 3, 1));
  EXPECT_EQ(tokenizer->bos(), 3);
  folder.write("tokenizer.json", kTokenizerJson);
  folder.write("tokenizer_config.json", R"({"add_eos_token": true, "eos_token": "b"})");
  EXPECT_EQ(open_tokenizer(folder.path(), 4)->appended_eos(), 1);
  EXPECT_EQ(open_tokenizer(folder.path(), 4)->bos(), std::nullopt);
  const auto other = folder.write("other.json", kTokenizerJson);
  EXPECT_EQ(open_tokenizer(other, 4)->appended_eos(), std::nullopt);  // the files beside it are of tokenizer.json
}

TEST(OpenTokenizer, SpecialTokensMayBeText) {
  const TemporaryFolder folder;
  folder.write("vocab.json", R"({"<|endoftext|>": 0, "<": 1, "|": 2, "e": 3, "n": 4, "d": 5, "o": 6, "f": 7, "t": 8,
                                 "x": 9, ">": 10})");
  folder.write("merges.txt", "");
  EXPECT_THAT(open_tokenizer(folder.path(), 11)->encode("<|endoftext|>x"), ElementsAre(0, 9));
  EXPECT_THAT(open_tokenizer(folder.path(), 11, SpecialTokens::as_text)->encode("<|endoftext|>x"),
              ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 3, 9, 8, 2, 10, 9));
}

TEST(FindTokenizer, KnowsEveryForm) {
  const TemporaryFolder folder;
  const auto found = [&] { return find_tokenizer(folder.path()).filename().string(); };
  EXPECT_EQ(found(), "");
  EXPECT_EQ(find_tokenizer(folder.path() / "missing"), "");
  folder.write("tok5.bin", "");
  EXPECT_EQ(found(), "tok5.bin");
  folder.write("tok6.bin", "");
  EXPECT_EQ(found(), "");  // which?
  folder.write("tokenizer.bin", "");
  EXPECT_EQ(found(), "tokenizer.bin");
  folder.write("encoder.json", "");
  EXPECT_EQ(found(), "tokenizer.bin");
  folder.write("vocab.bpe", "");
  EXPECT_EQ(found(), "encoder.json");
  folder.write("vocab.json", "");
  EXPECT_EQ(found(), "encoder.json");
  folder.write("merges.txt", "");
  EXPECT_EQ(found(), "vocab.json");
  folder.write("tokenizer.model", "");
  EXPECT_EQ(found(), "tokenizer.model");
  folder.write("tokenizer.json", "");
  EXPECT_EQ(found(), "tokenizer.json");
}

TEST(OpenTokenizer, RefusesOtherPaths) {
  const TemporaryFolder folder;
  EXPECT_THAT(message(folder.path() / "missing", 3), HasSubstr("no such tokenizer file or folder"));
  EXPECT_THAT(message(folder.write("tokens.txt", ""), 3), HasSubstr("is no tokenizer that Octavo knows"));
  EXPECT_THAT(message(folder.write("tok.bin", ""), 3), HasSubstr("the file ends within a token"));
  EXPECT_THAT(message(folder.write("x.model", ""), 3), HasSubstr("it has no pieces"));
  folder.write("tok512.bin", "");
  EXPECT_THAT(message(folder.path(), 3), HasSubstr("several tok*.bin"));
}

TEST(OpenTokenizer, Stories260K) {
  OCTAVO_REQUIRE_SHARED("data/stories260K/tok512.bin");
  EXPECT_THAT(open_tokenizer(shared_path("data/stories260K"), 512)->encode("Once upon a time"),
              ElementsAre(403, 407, 261, 378));
  EXPECT_THAT(message(shared_path("data/stories260K"), 32000), HasSubstr("for a model with 32000 tokens"));
}

}  // namespace
}  // namespace octavo::sim::text
