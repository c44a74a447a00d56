// tokenizer_files: which files go along, and that they are the same tokenizer in a folder of their own.
#include "sim/text/open/tokenizer_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/file/file_bytes.h"
#include "sim/text/open/open.h"
#include "tests/refusal.h"
#include "tests/sim/file/gguf/gguf_writer.h"
#include "tests/sim/text/temporary_folder.h"

namespace octavo::sim::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> names(const std::filesystem::path& path) {
  std::vector<std::string> result;
  for (const TokenizerFile& file : tokenizer_files(path)) result.push_back(file.name);
  return result;
}

TEST(TokenizerFiles, OfHuggingFaceComeTogether) {
  const TemporaryFolder folder;
  for (const char* name : {"tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "tokenizer.bin",
                           "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "config.json"})
    folder.write(name, std::string("bytes of ") + name);
  EXPECT_THAT(names(folder.path()),
              ElementsAre("tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "tokenizer.bin",
                          "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"));
  EXPECT_EQ(tokenizer_files(folder.path()).front().bytes, "bytes of tokenizer.json");
  // The chosen one is found first in a folder of its own.
  EXPECT_THAT(names(folder.path() / "vocab.json"),
              ElementsAre("vocab.json", "merges.txt", "tokenizer.bin", "tokenizer_config.json",
                          "special_tokens_map.json", "added_tokens.json"));
}

TEST(TokenizerFiles, OfAnotherNameStandAloneUnderTheUsualOne) {
  const TemporaryFolder folder;
  folder.write("tokenizer_config.json", "{}");
  EXPECT_THAT(names(folder.write("tok512.bin", "x")), ElementsAre("tokenizer.bin"));
  EXPECT_THAT(names(folder.write("mine.json", "x")), ElementsAre("tokenizer.json"));
  EXPECT_THAT(names(folder.write("mine.model", "x")), ElementsAre("tokenizer.model"));
  EXPECT_THAT(tests::refusal([&] { tokenizer_files(folder.path() / "absent.json"); }), HasSubstr("absent.json"));
}

TEST(TokenizerFiles, OfAGgufModelAreItsMetadata) {
  const TemporaryFolder folder;
  file::GgufWriter writer;
  writer.text("general.architecture", "gpt2").text("tokenizer.ggml.model", "gpt2");
  writer.texts("tokenizer.ggml.tokens", {"a", "b", "ab"}).texts("tokenizer.ggml.merges", {"a b"});
  writer.floats("token_embd.weight", {3, 2}, {1, 2, 3, 4, 5, 6});
  const auto model = folder.write("model.gguf", writer.file());
  const std::vector<TokenizerFile> files = tokenizer_files(model);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files.front().name, "tokenizer.gguf");
  EXPECT_LT(files.front().bytes.size(), file::file_bytes(model).size());
  const TemporaryFolder other;
  other.write(files.front().name, files.front().bytes);
  EXPECT_EQ(find_tokenizer(other.path()), other.path() / "tokenizer.gguf");
  EXPECT_THAT(open_tokenizer(other.path(), 3)->encode("bab"), ElementsAre(1, 2));
  EXPECT_EQ(tokenizer_files(other.path()), files);  // of a checkpoint that a run goes on from
}

}  // namespace
}  // namespace octavo::sim::text
