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
  folder.write("encoder.json", kVocabulary);
  EXPECT_THAT(message(folder.path(), 3), HasSubstr("vocab.bpe: no such file"));
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
  EXPECT_THAT(message(folder.path(), 3), HasSubstr("tokenizer class \"Qwen2Tokenizer\" is not supported"));
  folder.write("tokenizer_config.json", "{");
  EXPECT_THAT(message(folder.path(), 3), HasSubstr("tokenizer_config.json: is no JSON object"));
}

TEST(OpenTokenizer, ComparesWithTheModelsVocabulary) {
  const TemporaryFolder folder;
  const auto file = folder.write("tokenizer.json", kTokenizerJson);
  EXPECT_EQ(message(file, 2), "accepted");
  EXPECT_EQ(message(file, 64), "accepted");  // padding
  EXPECT_THAT(message(file, 1), HasSubstr("has 2 tokens, but the model only 1"));
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
