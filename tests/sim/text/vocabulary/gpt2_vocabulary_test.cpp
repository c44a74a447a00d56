// GPT-2's pair of files: tokens by id, merges by rank, and what is refused.
#include "sim/text/vocabulary/gpt2_vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "messages/error.h"

namespace octavo::sim::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string message(std::string_view encoder, std::string_view merges) {
  try {
    parse_gpt2_vocabulary(encoder, merges, "encoder.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Gpt2Vocabulary, ReadsTokensAndMerges) {
  const Vocabulary vocabulary = parse_gpt2_vocabulary(R"({"b": 1, "<|endoftext|>": 4, "a": 0, "ab": 2, "aba": 3})",
                                                      "#version: 0.2\r\na b\r\nab a\n", "encoder.json");
  EXPECT_EQ(vocabulary.split, Split::gpt2);
  EXPECT_THAT(vocabulary.tokens, ElementsAre("a", "b", "ab", "aba", "<|endoftext|>"));
  EXPECT_THAT(vocabulary.merges, ElementsAre(Pair("a", "b"), Pair("ab", "a")));
  EXPECT_EQ(vocabulary.types[3], TokenType::normal);
  EXPECT_EQ(vocabulary.types[4], TokenType::control);
  EXPECT_EQ(vocabulary.eos, 4);
  EXPECT_THAT(vocabulary.added, ElementsAre(AddedToken{.id = 4, .content = "<|endoftext|>", .special = true}));
  EXPECT_FALSE(vocabulary.add_bos);
  // Without the version line the first line is a merge; "# #version" is one wherever it stands.
  EXPECT_THAT(parse_gpt2_vocabulary(R"({"a": 0})", "a b", "x").merges, ElementsAre(Pair("a", "b")));
  EXPECT_THAT(parse_gpt2_vocabulary(R"({"a": 0})", "\n#version b", "x").merges, ElementsAre(Pair("#version", "b")));
}

TEST(Gpt2Vocabulary, IdsMayLeaveGaps) {
  const Vocabulary vocabulary = parse_gpt2_vocabulary(R"({"a": 0, "b": 2})", "", "x");
  EXPECT_THAT(vocabulary.tokens, ElementsAre("a", "", "b"));
  EXPECT_THAT(vocabulary.types, ElementsAre(TokenType::normal, TokenType::unused, TokenType::normal));
}

TEST(Gpt2Vocabulary, RefusesBrokenFiles) {
  EXPECT_THAT(message("", ""), HasSubstr("is not JSON"));
  EXPECT_THAT(message("[1]", ""), HasSubstr("no JSON object of tokens and ids"));
  EXPECT_THAT(message(R"({"a": "0"})", ""), HasSubstr("the id of token \"a\" is no integer"));
  EXPECT_THAT(message(R"({"a": 0.5})", ""), HasSubstr("no integer"));
  EXPECT_THAT(message(R"({"a": 0, "b": 0})", ""), HasSubstr("tokens \"a\" and \"b\" have the same id 0"));
  EXPECT_THAT(message(R"({"a": -1})", ""), HasSubstr("id -1, where 0 is next"));
  EXPECT_THAT(message(R"({"a": 9223372036854775807})", ""), HasSubstr("where 0 is next"));
  for (const char* merge : {"ab", "a b c", " a", "a ", " "}) {
    EXPECT_THAT(message(R"({"a": 0})", merge), HasSubstr("is not two tokens with a space between")) << merge;
  }
}

}  // namespace
}  // namespace octavo::sim::text
