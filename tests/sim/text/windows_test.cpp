// Evaluation windows: each position scored once, by the definition in windows.h.
#include "sim/text/windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "messages/error.h"
#include "sim/text/vocabulary/token_list.h"
#include "tests/sim/text/small_vocabulary.h"

namespace octavo::sim::text {
namespace {

using testing::ElementsAre;

Document counted(std::int32_t first, std::size_t length) {
  Document document(length);
  std::iota(document.begin(), document.end(), first);
  return document;
}

TEST(EvaluationWindows, WithBos) {
  EXPECT_THAT(evaluation_windows({counted(10, 5)}, 1, 2, 100, "text"),
              ElementsAre(Window{{1, 10}, {10, 11}}, Window{{1, 12}, {12, 13}}, Window{{1}, {14}}));
}

TEST(EvaluationWindows, WithoutBos) {
  EXPECT_THAT(evaluation_windows({counted(10, 6)}, std::nullopt, 2, 100, "text"),
              ElementsAre(Window{{10, 11}, {11, 12}}, Window{{12, 13}, {13, 14}}, Window{{14}, {15}}));
}

TEST(EvaluationWindows, DoNotCrossDocuments) {
  EXPECT_THAT(evaluation_windows({counted(10, 3), {}, {20}, counted(30, 2)}, 1, 2, 100, "text"),
              ElementsAre(Window{{1, 10}, {10, 11}}, Window{{1}, {12}}, Window{{1}, {20}}, Window{{1, 30}, {30, 31}}));
  EXPECT_THAT(evaluation_windows({counted(10, 3), {}, {20}, counted(30, 2)}, std::nullopt, 2, 100, "text"),
              ElementsAre(Window{{10, 11}, {11, 12}}, Window{{30}, {31}}));
}

TEST(EvaluationWindows, StopAtMaxTokens) {
  for (const std::optional<std::int32_t> bos : {std::optional<std::int32_t>(1), std::optional<std::int32_t>()}) {
    const std::vector<Document> documents{counted(10, 11), counted(50, 12)};
    Document all;
    for (const Window& window : evaluation_windows(documents, bos, 4, 1000, "text")) {
      all.insert(all.end(), window.target.begin(), window.target.end());
    }
    EXPECT_EQ(all.size(), bos ? 23U : 21U);
    for (std::int64_t most = 1; most <= 30; ++most) {
      Document scored;
      for (const Window& window : evaluation_windows(documents, bos, 4, most, "text")) {
        ASSERT_EQ(window.input.size(), window.target.size());
        ASSERT_FALSE(window.target.empty());
        ASSERT_LE(window.target.size(), 4U);
        scored.insert(scored.end(), window.target.begin(), window.target.end());
      }
      const auto count = std::min<std::size_t>(static_cast<std::size_t>(most), all.size());
      EXPECT_EQ(scored, Document(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)));
    }
  }
}

TEST(EncodeDocuments, EosEndsEachWhereTheTokenizerPutsIt) {
  Vocabulary vocabulary = byte_level_vocabulary({});
  add_tokens({{.id = 256, .content = "</s>", .special = true}}, "test", vocabulary);
  vocabulary.eos = 256;
  const auto without = make_tokenizer(vocabulary, "test");
  EXPECT_EQ(encode_documents(*without, {"a</s>", "b"}), (std::vector<Document>{{'a', 256}, {'b'}}));
  EXPECT_EQ(count_added(*without, encode_documents(*without, {"a</s>", "b"})), 1);
  vocabulary.add_eos = true;
  const auto with = make_tokenizer(vocabulary, "test");
  EXPECT_EQ(encode_documents(*with, {"a</s>", "b"}), (std::vector<Document>{{'a', 256, 256}, {'b', 256}}));
  EXPECT_EQ(count_added(*with, encode_documents(*with, {"a</s>", "b"})), 1);
}

TEST(EvaluationWindows, RefuseATextWithNothingToScore) {
  EXPECT_THROW(evaluation_windows({}, 1, 4, 10, "text"), Error);
  EXPECT_THROW(evaluation_windows({{}}, 1, 4, 10, "text"), Error);
  EXPECT_THROW(evaluation_windows({{10}, {11}}, std::nullopt, 4, 10, "text"), Error);
  EXPECT_EQ(evaluation_windows({{10}}, 1, 4, 10, "text").size(), 1U);
}

}  // namespace
}  // namespace octavo::sim::text
