// SentencePiece BPE: which pair goes first, what becomes bytes, where the prefix space comes and goes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "messages/error.h"
#include "sim/text/tokenizer.h"
#include "tests/sim/text/small_vocabulary.h"

namespace octavo::sim::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// ids: ▁ 259, a 260, b 261, c 262, ab 263, bc 264, ▁a 265, aa 266, aaa 267
Vocabulary letters() {
  return sentencepiece_vocabulary(
      {{"▁", -10}, {"a", -11}, {"b", -12}, {"c", -13}, {"ab", -2}, {"bc", -1}, {"▁a", -3}, {"aa", -4}, {"aaa", -5}});
}

TEST(SentencepieceBpe, MergesTheBestScoreFirst) {
  const auto tokenizer = make_tokenizer(letters(), "test");
  EXPECT_THAT(tokenizer->encode("abc"), ElementsAre(265, 264));  // bc beats ab, and leaves a to the space
  EXPECT_THAT(tokenizer->encode("bab"), ElementsAre(259, 261, 263));
}

TEST(SentencepieceBpe, MergesTheLeftmostAmongEquals) {
  Vocabulary vocabulary = letters();
  vocabulary.add_space_prefix = false;
  const auto tokenizer = make_tokenizer(vocabulary, "test");
  EXPECT_THAT(tokenizer->encode("aaa"), ElementsAre(267));
  EXPECT_THAT(tokenizer->encode("aaaaa"), ElementsAre(266, 267));  // aa aa a; aaaa is no token
}

TEST(SentencepieceBpe, PutsAndDropsThePrefixSpace) {
  const auto tokenizer = make_tokenizer(letters(), "test");
  EXPECT_EQ(tokenizer->bos(), 1);
  EXPECT_THAT(tokenizer->encode(""), IsEmpty());
  EXPECT_THAT(tokenizer->encode(" b"), ElementsAre(259, 259, 261));
  EXPECT_EQ(tokenizer->decode({265, 265}), "a a");
  EXPECT_EQ(tokenizer->decode({1, 265, 1, 265, 2}), "aa");
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("  b a ")), "  b a ");
}

TEST(SentencepieceBpe, WritesWhatHasNoTokenAsBytes) {
  const auto tokenizer = make_tokenizer(letters(), "test");
  EXPECT_THAT(tokenizer->encode("aé"), ElementsAre(265, 3 + 0xC3, 3 + 0xA9));
  EXPECT_THAT(tokenizer->encode("b\xFF"), ElementsAre(259, 261, 3 + 0xFF));
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("é\xC3 \xFF\n")), "é\xC3 \xFF\n");
}

TEST(SentencepieceBpe, SpecialTokensInTextAreText) {
  Vocabulary vocabulary = letters();
  for (const char* piece : {"<", ">", "s", "<s", "<s>"}) add_token(vocabulary, piece, -1, TokenType::normal);
  vocabulary.types.back() = TokenType::control;
  const auto tokenizer = make_tokenizer(vocabulary, "test");
  EXPECT_THAT(tokenizer->encode("<s>"), ElementsAre(259, 271, 269));
}

TEST(SentencepieceBpe, WordsOneByOneOrTheWholeTextGiveTheSameIds) {
  // A token that spans two words keeps the text in one piece; an unreachable one must not change a thing.
  Vocabulary spanning = letters();
  add_token(spanning, "c▁▁zz", -20, TokenType::normal);
  const auto by_word = make_tokenizer(letters(), "test");
  const auto whole = make_tokenizer(spanning, "test");
  const std::string text = "abc aab  bca\nab   c abc";
  EXPECT_EQ(by_word->encode(text), whole->encode(text));
  // A reachable one is found.
  add_token(spanning, "c▁", -1, TokenType::normal);
  EXPECT_THAT(make_tokenizer(spanning, "test")->encode("c a"), ElementsAre(259, 269, 260));
}

TEST(SentencepieceBpe, RankedMergesStandInForScores) {
  Vocabulary vocabulary = letters();
  vocabulary.scores.clear();
  vocabulary.merges = {{"a", "b"}, {"b", "c"}, {"▁", "a"}, {"a", "a"}, {"a", "aa"}};
  const auto tokenizer = make_tokenizer(vocabulary, "test");
  EXPECT_THAT(tokenizer->encode("abc"), ElementsAre(259, 263, 262));
  EXPECT_THAT(tokenizer->encode("baaa"), ElementsAre(259, 261, 266, 260));  // (aa, a) is no merge, (a, aa) is
}

TEST(SentencepieceBpe, LongTextWithoutSpacesIsQuick) {
  const auto tokenizer = make_tokenizer(letters(), "test");
  const std::string text(1'000'000, 'a');
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(text)), text);
}

TEST(SentencepieceBpe, RefusesWhatItCannotDo) {
  const auto message = [](const Vocabulary& vocabulary) -> std::string {
    try {
      make_tokenizer(vocabulary, "some.bin");
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  Vocabulary no_bytes = letters();
  no_bytes.types[3 + 0x41] = TokenType::normal;
  EXPECT_THAT(message(no_bytes), HasSubstr("some.bin: the vocabulary has no token <0x41>"));
  Vocabulary odd_byte = letters();
  odd_byte.types[260] = TokenType::byte;
  EXPECT_THAT(message(odd_byte), HasSubstr("token 260 is a byte but is called \"a\""));
  Vocabulary no_scores = letters();
  no_scores.scores.pop_back();
  EXPECT_THAT(message(no_scores), HasSubstr("268 tokens but 267 scores"));
  Vocabulary not_a_number = letters();
  not_a_number.scores[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(message(not_a_number), HasSubstr("not a number"));
  Vocabulary no_bos = letters();
  no_bos.bos.reset();
  EXPECT_THAT(message(no_bos), HasSubstr("BOS"));
  Vocabulary far_bos = letters();
  far_bos.bos = 268;
  EXPECT_THAT(message(far_bos), HasSubstr("BOS is token 268, but there are 268 tokens"));
  EXPECT_THAT(message(Vocabulary{}), HasSubstr("empty"));
  const auto tokenizer = make_tokenizer(letters(), "test");
  EXPECT_THROW(tokenizer->decode({268}), Error);
  EXPECT_THROW(tokenizer->decode({-1}), Error);
}

}  // namespace
}  // namespace octavo::sim::text
