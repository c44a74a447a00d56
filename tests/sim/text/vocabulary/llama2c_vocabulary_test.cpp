// llama2.c's tokenizer file: its layout, its rules, and stories260K's own.
#include "sim/text/vocabulary/llama2c_vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "messages/error.h"
#include "sim/text/read_text.h"
#include "sim/text/tokenizer.h"
#include "tests/shared_data.h"

namespace octavo::sim::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string file_of(std::int32_t longest, const std::vector<std::pair<float, std::string>>& tokens) {
  std::string bytes;
  const auto put = [&](auto value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof(value)); };
  put(longest);
  for (const auto& [score, token] : tokens) {
    put(score);
    put(static_cast<std::int32_t>(token.size()));
    bytes += token;
  }
  return bytes;
}

const std::vector<std::pair<float, std::string>> kTokens{
    {0.F, "<unk>"}, {0.F, "\n<s>\n"}, {0.F, "\n</s>\n"}, {0.F, "<0x41>"}, {-1.5F, " t"}};

std::string message(const std::string& bytes, std::int64_t size) {
  try {
    parse_llama2c_vocabulary(bytes, size, "tok.bin");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Llama2cVocabulary, ReadsTokensScoresAndTypes) {
  const Vocabulary vocabulary = parse_llama2c_vocabulary(file_of(6, kTokens), 5, "tok.bin");
  EXPECT_EQ(vocabulary.algorithm, Algorithm::sentencepiece_bpe);
  EXPECT_THAT(vocabulary.tokens, ElementsAre("<unk>", "\n<s>\n", "\n</s>\n", "<0x41>", "▁t"));
  EXPECT_THAT(vocabulary.scores, ElementsAre(0.F, 0.F, 0.F, 0.F, -1.5F));
  EXPECT_THAT(vocabulary.types, ElementsAre(TokenType::unknown, TokenType::control, TokenType::control, TokenType::byte,
                                            TokenType::normal));
  EXPECT_EQ(vocabulary.bos, 1);
  EXPECT_TRUE(vocabulary.add_bos);
  EXPECT_TRUE(vocabulary.add_space_prefix);
}

TEST(Llama2cVocabulary, RefusesEveryTruncation) {
  const std::string whole = file_of(6, kTokens);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_THROW(parse_llama2c_vocabulary(whole.substr(0, length), 5, "tok.bin"), Error) << length;
  }
}

TEST(Llama2cVocabulary, RefusesHostileLengthsAndCounts) {
  std::string bytes = file_of(6, kTokens);
  const auto with_length = [&](std::int32_t length) {
    std::string changed = bytes;
    std::memcpy(changed.data() + 8, &length, sizeof(length));
    return changed;
  };
  EXPECT_THAT(message(with_length(-1), 5), HasSubstr("a token of -1 bytes, where 6 is the longest, at byte 12"));
  EXPECT_THAT(message(with_length(2147483647), 5), HasSubstr("a token of 2147483647 bytes"));
  EXPECT_THAT(message(file_of(2147483647, {{0.F, "<unk>"}}), 5), HasSubstr("the file ends after 1 tokens"));
  EXPECT_THAT(message(file_of(0, {}), 5), HasSubstr("0 is no token length"));
  EXPECT_THAT(message(bytes, 4), HasSubstr("more tokens than the model has"));
  EXPECT_THAT(message(bytes, 32000), HasSubstr("for a model with 32000 tokens"));
  EXPECT_THAT(message(bytes, 0), HasSubstr("more tokens"));
  EXPECT_THROW(read_llama2c_vocabulary("no/such.bin", 5), Error);
}

TEST(Llama2cVocabulary, Stories260K) {
  OCTAVO_REQUIRE_SHARED("data/stories260K/tok512.bin");
  const auto tokenizer =
      make_tokenizer(read_llama2c_vocabulary(shared_path("data/stories260K/tok512.bin"), 512), "tok512");
  EXPECT_EQ(tokenizer->size(), 512);
  EXPECT_EQ(tokenizer->bos(), 1);
  EXPECT_THAT(tokenizer->encode("Once upon a time"), ElementsAre(403, 407, 261, 378));
  OCTAVO_REQUIRE_SHARED("data/text/tinystories_1000.json");
  for (const std::string& story : read_text(shared_path("data/text/tinystories_1000.json"))) {
    ASSERT_EQ(tokenizer->decode(tokenizer->encode(story)), story);
  }
}

}  // namespace
}  // namespace octavo::sim::text
