// The split before byte-level BPE: what makes a piece under each of the three expressions.
#include "sim/text/bpe/splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace octavo::sim::text {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Splitter, Gpt2) {
  const Splitter splitter(Split::gpt2);
  EXPECT_THAT(splitter.split(""), IsEmpty());
  EXPECT_THAT(splitter.split("I'll go, it's 12:30"),
              ElementsAre("I", "'ll", " go", ",", " it", "'s", " 12", ":", "30"));
  EXPECT_THAT(splitter.split("CAN'T"), ElementsAre("CAN", "'", "T"));
  EXPECT_THAT(splitter.split("a   b  \n"), ElementsAre("a", "  ", " b", "  \n"));
  EXPECT_THAT(splitter.split("naïve 中文²½"), ElementsAre("naïve", " 中文", "²½"));
}

TEST(Splitter, SmollmCutsOutDigits) {
  const Splitter splitter(Split::smollm);
  EXPECT_THAT(splitter.split("in 1984 a²"), ElementsAre("in", " ", "1", "9", "8", "4", " a", "²"));
  EXPECT_THAT(splitter.split("x   5   y"), ElementsAre("x", "   ", "5", "  ", " y"));
}

TEST(Splitter, Llama3) {
  const Splitter splitter(Split::llama3);
  EXPECT_THAT(splitter.split("CAN'T 12345"), ElementsAre("CAN", "'T", " ", "123", "45"));
  EXPECT_THAT(splitter.split("a \n\n  b!\n?"), ElementsAre("a", " \n\n", " ", " b", "!\n", "?"));
  EXPECT_THAT(splitter.split("(word)"), ElementsAre("(word", ")"));
}

TEST(Splitter, WhiteSpaceIsUnicodes) {
  const Splitter splitter(Split::gpt2);
  EXPECT_THAT(splitter.split("a\u3000\u2028b"), ElementsAre("a", "\u3000", "\u2028", "b"));
  EXPECT_THAT(splitter.split("!\u180E!"), ElementsAre("!\u180E!"));  // White_Space until Unicode 6.2
}

TEST(Splitter, StrayBytesArePiecesOfTheirOwn) {
  const Splitter splitter(Split::gpt2);
  EXPECT_THAT(splitter.split("ab\xFF\xC3 c"), ElementsAre("ab", "\xFF\xC3", " c"));
  EXPECT_THAT(splitter.split("\xE4\xB8"), ElementsAre("\xE4\xB8"));
  EXPECT_THAT(splitter.split("\xED\xA0\x80"), ElementsAre("\xED\xA0\x80"));  // a surrogate
  EXPECT_THAT(splitter.split("a  \x80"), ElementsAre("a", "  ", "\x80"));
}

TEST(Splitter, PiecesMakeUpTheText) {
  std::mt19937 random(1);
  for (const Split split : {Split::gpt2, Split::smollm, Split::llama3}) {
    const Splitter splitter(split);
    for (int round = 0; round < 2000; ++round) {
      std::string text;
      while (random() % 40 != 0)
        text.push_back(static_cast<char>(random() % 2 ? random() % 256 : "a '\n1\xC3\xA9"[random() % 7]));
      std::string joined;
      for (const std::string_view piece : splitter.split(text)) {
        ASSERT_FALSE(piece.empty());
        joined += piece;
      }
      ASSERT_EQ(joined, text);
    }
  }
}

}  // namespace
}  // namespace octavo::sim::text
