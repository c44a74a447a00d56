// Byte-level BPE: ranks, bytes, and GPT-2's own vocabulary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "messages/error.h"
#include "sim/text/bpe/byte_alphabet.h"
#include "sim/text/tokenizer.h"
#include "sim/text/vocabulary/gpt2_vocabulary.h"
#include "tests/shared_data.h"
#include "tests/sim/text/small_vocabulary.h"

namespace octavo::sim::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// ids: ab 256, bc 257, Ġa 258, abc 259, aa 260
Vocabulary letters() { return byte_level_vocabulary({{"a", "b"}, {"b", "c"}, {"Ġ", "a"}, {"ab", "c"}, {"a", "a"}}); }

TEST(ByteAlphabet, IsOneToOne) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  EXPECT_EQ(from_byte_alphabet(to_byte_alphabet(all)), all);
  EXPECT_EQ(to_byte_alphabet(" \n\xAD"
                             "a"),
            "ĠĊŃa");
  EXPECT_EQ(from_byte_alphabet("中Ń "), "中\xAD ");  // what is not in the alphabet stands for itself
}

TEST(ByteLevelBpe, MergesTheLowestRankFirst) {
  const auto tokenizer = make_tokenizer(letters(), "test");
  EXPECT_THAT(tokenizer->encode(""), IsEmpty());
  EXPECT_THAT(tokenizer->encode("abc"), ElementsAre(259));
  EXPECT_THAT(tokenizer->encode("bbc"), ElementsAre('b', 257));
  EXPECT_THAT(tokenizer->encode("aaa"), ElementsAre(260, 'a'));  // the leftmost of equals
  EXPECT_THAT(tokenizer->encode(" ab"), ElementsAre(' ', 256));  // Ġa has the higher rank, a b goes first
  EXPECT_THAT(tokenizer->encode(" ac a"), ElementsAre(258, 'c', 258));
  EXPECT_THAT(tokenizer->encode("\xFF"
                                "ab"),
              ElementsAre(0xFF, 256));
  EXPECT_EQ(tokenizer->bos(), std::nullopt);
}

TEST(ByteLevelBpe, IgnoreMergesTakesAWholePiece) {
  Vocabulary vocabulary = letters();
  vocabulary.tokens.emplace_back("Ġcb");  // no merge makes it
  vocabulary.types.push_back(TokenType::normal);
  EXPECT_THAT(make_tokenizer(vocabulary, "test")->encode("a cb"), ElementsAre('a', ' ', 'c', 'b'));
  vocabulary.ignore_merges = true;
  EXPECT_THAT(make_tokenizer(vocabulary, "test")->encode("a cb"), ElementsAre('a', 261));
}

TEST(ByteLevelBpe, LeavesOutBytesThatTheVocabularyLacks) {
  Vocabulary vocabulary = letters();
  vocabulary.tokens['x'] = "<|x|>";
  EXPECT_THAT(make_tokenizer(vocabulary, "test")->encode("axbc"), ElementsAre(259));
}

TEST(ByteLevelBpe, ControlTokensGiveNothing) {
  Vocabulary vocabulary = letters();
  vocabulary.types[260] = TokenType::control;
  vocabulary.merges.pop_back();
  vocabulary.bos = 260;
  vocabulary.add_bos = true;
  const auto tokenizer = make_tokenizer(vocabulary, "test");
  EXPECT_EQ(tokenizer->bos(), 260);
  EXPECT_EQ(tokenizer->decode({260, 258, 260, 257}), " abc");
  EXPECT_THROW(tokenizer->decode({261}), Error);
}

TEST(ByteLevelBpe, RefusesMergesOfAnotherTokenizer) {
  Vocabulary vocabulary = letters();
  vocabulary.merges.emplace_back("b", "b");
  try {
    make_tokenizer(vocabulary, "merges.txt");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("merges.txt: merge 5 needs the token \"bb\", which the vocabulary lacks"));
  }
}

TEST(ByteLevelBpe, AnyBytesComeBack) {
  std::mt19937 random(7);
  for (const Split split : {Split::gpt2, Split::smollm, Split::llama3}) {
    Vocabulary vocabulary = letters();
    vocabulary.split = split;
    const auto tokenizer = make_tokenizer(vocabulary, "test");
    for (int round = 0; round < 500; ++round) {
      std::string text;
      while (random() % 50 != 0)
        text.push_back(static_cast<char>(random() % 3 == 0 ? random() % 256 : "abc "[random() % 4]));
      ASSERT_EQ(tokenizer->decode(tokenizer->encode(text)), text);
    }
  }
}

TEST(ByteLevelBpe, LongPieceIsQuick) {
  const auto tokenizer = make_tokenizer(letters(), "test");
  std::string text;
  for (int i = 0; i < 250'000; ++i) text += "abca";
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(text)), text);
}

TEST(ByteLevelBpe, Gpt2) {
  OCTAVO_REQUIRE_SHARED("data/tokenizers/gpt2_encoder.json");
  const auto tokenizer = make_tokenizer(read_gpt2_vocabulary(shared_path("data/tokenizers/gpt2_encoder.json"),
                                                             shared_path("data/tokenizers/gpt2_vocab.bpe")),
                                        "GPT-2");
  EXPECT_EQ(tokenizer->size(), 50257);
  EXPECT_EQ(tokenizer->bos(), std::nullopt);
  EXPECT_THAT(tokenizer->encode("Hello world"), ElementsAre(15496, 995));
  EXPECT_THAT(tokenizer->encode("Hello, I'm 12 years old."), ElementsAre(15496, 11, 314, 1101, 1105, 812, 1468, 13));
  EXPECT_EQ(tokenizer->decode({15496, 995, 50256}), "Hello world");
}

}  // namespace
}  // namespace octavo::sim::text
