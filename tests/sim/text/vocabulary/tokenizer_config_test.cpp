// What tokenizer_config.json and added_tokens.json say of a tokenizer.
#include "sim/text/vocabulary/tokenizer_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages/error.h"
#include "tests/sim/text/small_vocabulary.h"

namespace octavo::sim::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Vocabulary obeying(std::string_view config, bool adds_tokens = false) {
  Vocabulary vocabulary = sentencepiece_vocabulary({{"a", -1}});
  parse_tokenizer_config(config, adds_tokens, "tokenizer_config.json", vocabulary);
  return vocabulary;
}

TEST(TokenizerConfig, SaysWhetherTextsBeginAndEnd) {
  EXPECT_FALSE(obeying(R"({"add_bos_token": false})").add_bos);
  EXPECT_TRUE(obeying("{}").add_bos);  // what it does not say stays
  EXPECT_TRUE(obeying(R"({"add_bos_token": null})").add_bos);
  EXPECT_FALSE(obeying("{}").add_eos);
  EXPECT_TRUE(obeying(R"({"add_eos_token": true})").add_eos);
  EXPECT_EQ(obeying(R"({"add_bos_token": true, "bos_token": "</s>"})").bos, 2);
  EXPECT_EQ(obeying(R"({"add_eos_token": true, "eos_token": {"content": "<s>", "lstrip": false}})").eos, 1);
  EXPECT_EQ(obeying(R"({"add_bos_token": false, "bos_token": "<other>"})").bos, 1);
}

TEST(TokenizerConfig, NamesEosWhereNothingElseDoes) {
  Vocabulary vocabulary = sentencepiece_vocabulary({{"a", -1}});
  vocabulary.eos = std::nullopt;
  parse_tokenizer_config(R"({"eos_token": "<other>"})", false, "x", vocabulary);
  EXPECT_EQ(vocabulary.eos, std::nullopt);
  parse_tokenizer_config(R"({"eos_token": "</s>"})", false, "x", vocabulary);
  EXPECT_EQ(vocabulary.eos, 2);
  parse_tokenizer_config(R"({"eos_token": "a"})", false, "x", vocabulary);
  EXPECT_EQ(vocabulary.eos, 2);
  EXPECT_FALSE(vocabulary.add_eos);
}

TEST(TokenizerConfig, AddsTokensWhereTheTokenizersOwnFileDoesNot) {
  constexpr const char* kConfig = R"({"added_tokens_decoder": {
      "2": {"content": "</s>", "special": true, "lstrip": false, "rstrip": true, "normalized": true, "single_word": false},
      "260": {"content": "<pad>", "special": false}}})";
  EXPECT_THAT(obeying(kConfig).added, IsEmpty());
  const Vocabulary vocabulary = obeying(kConfig, true);
  EXPECT_THAT(vocabulary.added, ElementsAre(AddedToken{.id = 2, .content = "</s>", .special = true, .rstrip = true},
                                            AddedToken{.id = 260, .content = "<pad>"}));
  EXPECT_EQ(vocabulary.tokens[260], "<pad>");
  EXPECT_EQ(vocabulary.scores.size(), 261U);
}

TEST(TokenizerConfig, AddedTokensKeepTheFlagsTheyHave) {
  Vocabulary vocabulary = sentencepiece_vocabulary({{"a", -1}});
  vocabulary.added = {{.id = 2, .content = "</s>", .special = true}};
  parse_added_tokens(R"({"<pad>": 261, "</s>": 2, "<mask>": 260})", "added_tokens.json", vocabulary);
  EXPECT_THAT(vocabulary.added,
              ElementsAre(AddedToken{.id = 2, .content = "</s>", .special = true},
                          AddedToken{.id = 260, .content = "<mask>"}, AddedToken{.id = 261, .content = "<pad>"}));
}

TEST(TokenizerConfig, RefusesWhatItCannotObey) {
  const auto message = [](std::string_view config) -> std::string {
    try {
      obeying(config, true);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(message(R"({"add_bos_token": true, "bos_token": "<other>"})"),
              HasSubstr("tokenizer_config.json: bos_token is '<other>', which the vocabulary lacks"));
  EXPECT_THAT(message(R"({"add_bos_token": 1})"), HasSubstr("add_bos_token is neither true nor false"));
  EXPECT_THAT(message(R"({"add_eos_token": true, "eos_token": 3})"), HasSubstr("eos_token is no token"));
  EXPECT_THAT(message("[]"), HasSubstr("is no JSON object"));
  EXPECT_THAT(message("{"), HasSubstr("is no JSON object"));
  EXPECT_THAT(message(R"({"added_tokens_decoder": {"x": {"content": "y"}}})"), HasSubstr("'x'"));
  EXPECT_THAT(message(R"({"added_tokens_decoder": {"5": {}}})"), HasSubstr("'5'"));
  EXPECT_THAT(message(R"({"added_tokens_decoder": {"5": {"content": "y", "special": 1}}})"), HasSubstr("'5'"));
  EXPECT_THAT(message(R"({"added_tokens_decoder": []})"), HasSubstr("no object"));
  EXPECT_THAT(message(R"({"added_tokens_decoder": {"1": {"content": "y"}}})"), HasSubstr("have the same id 1"));
}

}  // namespace
}  // namespace octavo::sim::text
