// Cutting added tokens out of texts: the rules, case by case. Expected ids are those of PyPI's tokenizers 0.23.3 for
// the same vocabulary and added tokens.
#include "sim/text/added/added_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "messages/error.h"
#include "sim/text/tokenizer.h"
#include "sim/text/vocabulary/token_list.h"
#include "tests/sim/text/small_vocabulary.h"

namespace octavo::sim::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ids = std::vector<std::int32_t>;

/// Byte-level without merges: byte = id; added tokens from id 256 on, in their order.
std::unique_ptr<Tokenizer> bytes_and(std::vector<AddedToken> added, bool special_as_text = false) {
  Vocabulary vocabulary = byte_level_vocabulary({});
  for (std::size_t i = 0; i < added.size(); ++i) added[i].id = static_cast<std::int32_t>(256 + i);
  add_tokens(added, "test", vocabulary);
  vocabulary.special_as_text = special_as_text;
  return make_tokenizer(std::move(vocabulary), "test");
}

TEST(AddedTokens, TheFirstAndLongestIsCutOut) {
  const auto tokenizer = bytes_and({{.content = "<ab>"}, {.content = "ab"}});
  EXPECT_EQ(tokenizer->encode("a<ab>ab c"), (Ids{'a', 256, 257, ' ', 'c'}));
  EXPECT_EQ(tokenizer->encode("<ab"), (Ids{'<', 257}));
  EXPECT_EQ(bytes_and({{.content = "abc"}, {.content = "cdab"}})->encode("abcdab"), (Ids{256, 'd', 'a', 'b'}));
  EXPECT_TRUE(tokenizer->is_added(257));
  EXPECT_FALSE(tokenizer->is_added('a'));
}

TEST(AddedTokens, TakeWhiteSpaceIn) {
  const auto tokenizer = bytes_and({{.content = "<X>", .lstrip = true}, {.content = "<Y>", .rstrip = true}});
  EXPECT_EQ(tokenizer->encode("  <X>a"), (Ids{256, 'a'}));  // where the text begins, too
  EXPECT_EQ(tokenizer->encode("a \t\u3000<X> b"), (Ids{'a', 256, ' ', 'b'}));
  EXPECT_EQ(tokenizer->encode("a<Y> \n b"), (Ids{'a', 257, 'b'}));
  EXPECT_EQ(tokenizer->encode("<Y>  <X>"), (Ids{257, 256}));
  EXPECT_EQ(tokenizer->encode("<Y>   <Y>  "), (Ids{257, 257}));
}

TEST(AddedTokens, OneMayBeginInWhiteSpaceThatAnotherTookIn) {
  const auto tokenizer = bytes_and({{.content = "<Y>", .rstrip = true}, {.content = " "}});
  EXPECT_EQ(tokenizer->encode("<Y>  a"), (Ids{256, 257, 257, 'a'}));
}

TEST(AddedTokens, SingleWordsStandAlone) {
  const auto tokenizer = bytes_and({{.content = "abc", .single_word = true}, {.content = "bc"}});
  EXPECT_EQ(tokenizer->encode("abc"), (Ids{256}));
  EXPECT_EQ(tokenizer->encode("abc."), (Ids{256, '.'}));
  EXPECT_EQ(tokenizer->encode("dabc"), (Ids{'d', 'a', 'b', 'c'}));  // what it spans is not searched again
  EXPECT_EQ(tokenizer->encode("abc_"), (Ids{'a', 'b', 'c', '_'}));
  EXPECT_EQ(tokenizer->encode("\u00E9abc"), (Ids{0xC3, 0xA9, 'a', 'b', 'c'}));
  EXPECT_EQ(tokenizer->encode("\u3001abc"), (Ids{0xE3, 0x80, 0x81, 256}));
  EXPECT_EQ(tokenizer->encode("bc abc"), (Ids{257, ' ', 256}));
}

TEST(AddedTokens, NormalizedOnesComeSecond) {
  const auto tokenizer = bytes_and({{.content = "ab", .normalized = true}, {.content = "bc"}});
  EXPECT_EQ(tokenizer->encode("abc"), (Ids{'a', 257}));
  EXPECT_EQ(tokenizer->encode("ab"), (Ids{256}));
}

TEST(AddedTokens, SpecialOnesMayBeText) {
  const std::vector<AddedToken> added{{.content = "<s>", .special = true}, {.content = "s>"}};
  EXPECT_EQ(bytes_and(added)->encode("<s>s>"), (Ids{256, 257}));
  EXPECT_EQ(bytes_and(added, true)->encode("<s>s>"), (Ids{'<', 's', '>', 257}));
  EXPECT_EQ(bytes_and(added)->decode({'a', 256, 257}), "as>");
}

TEST(AddedTokens, PiecesEndAtThem) {
  Vocabulary vocabulary = byte_level_vocabulary({{"a", "b"}});
  add_tokens({{.id = 257, .content = "<X>"}}, "test", vocabulary);
  const auto tokenizer = make_tokenizer(std::move(vocabulary), "test");
  EXPECT_EQ(tokenizer->encode("aba<X>bab"), (Ids{256, 'a', 257, 'b', 256}));
  EXPECT_EQ(tokenizer->encode("\xFF<X>\xC3"), (Ids{0xFF, 257, 0xC3}));
}

TEST(AddedTokens, StretchesOfSentencepieceTextsBeginWithASpace) {
  // "▁" 259, "a" 260, "▁a" 261
  const auto ids = [](bool first_only, std::string_view text) {
    Vocabulary vocabulary = sentencepiece_vocabulary({{"▁", -1}, {"a", -2}, {"▁a", -3}});
    vocabulary.prefix_first_only = first_only;
    add_tokens({{.id = 2, .content = "</s>", .special = true}, {.id = 262, .content = "X"}}, "test", vocabulary);
    return make_tokenizer(std::move(vocabulary), "test")->encode(text);
  };
  EXPECT_EQ(ids(false, "a</s>aX a"), (Ids{261, 2, 261, 262, 259, 261}));
  EXPECT_EQ(ids(true, "a</s>aX a"), (Ids{261, 2, 260, 262, 261}));
  EXPECT_EQ(ids(true, "</s>a"), (Ids{2, 260}));
}

std::string error_of(const std::vector<AddedToken>& added) {
  try {
    Vocabulary vocabulary = byte_level_vocabulary({});
    add_tokens(added, "file", vocabulary);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(AddedTokens, EmptyOnesAreLeftOutAndTheLastOfEqualsCounts) {
  EXPECT_EQ(bytes_and({{.content = ""}, {.content = "<Z>"}})->encode("a<Z>"), (Ids{'a', 257}));
  Vocabulary vocabulary = byte_level_vocabulary({});
  add_tokens({{.id = 256, .content = "<X>", .lstrip = true}, {.id = 256, .content = "<X>", .rstrip = true}}, "test",
             vocabulary);
  EXPECT_EQ(make_tokenizer(std::move(vocabulary), "test")->encode("a <X> b"), (Ids{'a', ' ', 256, 'b'}));
}

TEST(AddedTokens, RefusesContradictions) {
  EXPECT_THAT(error_of({{.id = 256, .content = "<X>"}, {.id = 256, .content = "<Y>"}}),
              HasSubstr("file: tokens \"<X>\" and \"<Y>\" have the same id 256"));
  EXPECT_THAT(error_of({{.id = 'b', .content = "<X>"}}), HasSubstr("tokens \"b\" and \"<X>\" have the same id 98"));
  EXPECT_THAT(error_of({{.id = 300, .content = "a"}}), HasSubstr("\"a\" has id 300, but the vocabulary has it as 97"));
  EXPECT_THAT(error_of({{.id = -1, .content = "<X>"}}), HasSubstr("\"<X>\" has id -1"));
  EXPECT_THAT(error_of({{.id = 2'000'000'000, .content = "<X>"}}), HasSubstr("has id 2000000000, where 256 is next"));
}

TEST(AddedTokens, BeyondTheModelOnlyWhereTheTextUsesThem) {
  Vocabulary vocabulary = byte_level_vocabulary({});
  add_tokens({{.id = 260, .content = "[PAD]", .special = true}}, "test", vocabulary);
  vocabulary.model_size = 260;
  const auto tokenizer = make_tokenizer(vocabulary, "tokenizer.json");
  EXPECT_EQ(tokenizer->encode("ab"), (Ids{'a', 'b'}));
  EXPECT_EQ(tokenizer->decode({'a', 258}), "a");  // ids in the gap are no token
  try {
    tokenizer->encode("a[PAD]");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("tokenizer.json: the text uses token '[PAD]' (260), but the model has 260"));
  }
  vocabulary.bos = 260;
  vocabulary.add_bos = true;
  EXPECT_THROW(make_tokenizer(vocabulary, "tokenizer.json"), Error);
}

}  // namespace
}  // namespace octavo::sim::text
