// SentencePiece models: the same ids as the library itself, and what is refused.
#include "sim/text/vocabulary/sentencepiece_vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sentencepiece_processor.h>

#include <cstring>
#include <random>
#include <set>
#include <string>

#include "messages/error.h"
#include "sim/text/tokenizer.h"
#include "tests/sim/text/small_vocabulary.h"

namespace octavo::sim::text {
namespace {

using testing::HasSubstr;

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(0x80 | (value & 0x7F)));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}
std::string number_field(std::uint32_t number, std::uint64_t value) { return varint(number << 3) + varint(value); }
std::string bytes_field(std::uint32_t number, const std::string& bytes) {
  return varint(number << 3 | 2) + varint(bytes.size()) + bytes;
}

std::string piece(const std::string& text, float score, int type) {
  std::string bytes(sizeof(score), '\0');
  std::memcpy(bytes.data(), &score, sizeof(score));
  return bytes_field(
      1, bytes_field(1, text) + varint(2 << 3 | 5) + bytes + number_field(3, static_cast<std::uint64_t>(type)));
}

const std::string kBpe = bytes_field(2, number_field(3, 2) + number_field(35, 1));
const std::string kIdentity = bytes_field(3, bytes_field(1, "identity") + number_field(4, 0));

/// `vocabulary` as a model file.
std::string model_of(const Vocabulary& vocabulary, const std::string& specs = kBpe + kIdentity) {
  std::string bytes;
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    constexpr int kinds[] = {1, 2, 3, 6, 5, 4};  // by TokenType
    bytes += piece(vocabulary.tokens[id], vocabulary.scores[id], kinds[static_cast<int>(vocabulary.types[id])]);
  }
  return bytes + specs;
}

/// Pieces over a few characters, most of which two shorter pieces make up, with scores that often tie.
Vocabulary random_vocabulary(std::mt19937& random) {
  std::vector<std::pair<std::string, float>> pieces;
  std::set<std::string> known;
  const auto add = [&](const std::string& text) {
    if (known.insert(text).second) pieces.emplace_back(text, -static_cast<float>(random() % 20));
  };
  for (const char* letter : {"▁", "a", "b", "c", "é", "中"}) add(letter);
  while (pieces.size() < 60) {
    const std::string left = pieces[random() % pieces.size()].first;
    const std::string right = pieces[random() % pieces.size()].first;
    if (left.size() + right.size() < 14) add(left + right);
  }
  Vocabulary vocabulary = sentencepiece_vocabulary(pieces);
  for (const char* text : {"<x>", "<x>a", "▁▁", "b▁", "中", "xc"})
    if (random() % 2 == 0 && known.insert(text).second) add_token(vocabulary, text, 0, TokenType::user_defined);
  return vocabulary;
}

TEST(SentencepieceVocabulary, GivesTheLibrarysIds) {
  std::mt19937 random(3);
  const std::vector<std::string> letters{"a", "b", "c", "é", "中", " ", " ", "x", "😀", "▁", "\n", "<s>", "<x>"};
  for (int round = 0; round < 40; ++round) {
    const std::string model = model_of(random_vocabulary(random));
    sentencepiece::SentencePieceProcessor library;
    ASSERT_TRUE(library.LoadFromSerializedProto(model).ok());
    Vocabulary vocabulary = parse_sentencepiece_vocabulary(model, "test");
    vocabulary.special_as_text = true;
    const auto tokenizer = make_tokenizer(std::move(vocabulary), "test");
    ASSERT_EQ(tokenizer->bos(), 1);
    for (int line = 0; line < 100; ++line) {
      std::string text;
      while (random() % 40 != 0) text += letters[random() % letters.size()];
      std::vector<int> expected;
      ASSERT_TRUE(library.Encode(text, &expected).ok());
      ASSERT_EQ(tokenizer->encode(text), expected) << text;
      std::string decoded;
      ASSERT_TRUE(library.Decode(expected, &decoded).ok());
      ASSERT_EQ(tokenizer->decode(expected), decoded) << text;
    }
  }
}

TEST(SentencepieceVocabulary, ControlPiecesAreCutOutOfTexts) {
  const Vocabulary letters = sentencepiece_vocabulary({{"▁", -1}, {"a", -2}, {"▁a", -3}});
  const auto tokenizer = make_tokenizer(parse_sentencepiece_vocabulary(model_of(letters), "test"), "test");
  EXPECT_THAT(tokenizer->encode("a</s>a<unk><s>"), testing::ElementsAre(261, 2, 261, 0, 1));
}

TEST(SentencepieceVocabulary, WithoutPrefixSpace) {
  const Vocabulary letters = sentencepiece_vocabulary({{"▁", -1}, {"a", -2}, {"▁a", -3}});
  const std::string bare = bytes_field(3, number_field(3, 0) + number_field(4, 0));
  const auto tokenizer = make_tokenizer(parse_sentencepiece_vocabulary(model_of(letters, kBpe + bare), "test"), "test");
  EXPECT_THAT(tokenizer->encode("a a"), testing::ElementsAre(260, 261));
}

std::string message(const std::string& bytes) {
  try {
    parse_sentencepiece_vocabulary(bytes, "tokenizer.model");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(SentencepieceVocabulary, RefusesOtherModelsByName) {
  const Vocabulary letters = sentencepiece_vocabulary({{"▁", -1}, {"a", -2}});
  const auto with = [&](const std::string& specs) { return message(model_of(letters, specs)); };
  const auto trained = [&](std::uint64_t type) { return bytes_field(2, number_field(3, type)); };
  EXPECT_EQ(with(kBpe + kIdentity), "accepted");
  EXPECT_THAT(with(kIdentity), HasSubstr("tokenizer.model: a unigram model is not supported"));
  EXPECT_THAT(with(trained(1) + kIdentity), HasSubstr("a unigram model"));
  EXPECT_THAT(with(trained(3) + kIdentity), HasSubstr("a word model"));
  EXPECT_THAT(with(trained(4) + kIdentity), HasSubstr("a character model"));
  EXPECT_THAT(with(trained(99) + kIdentity), HasSubstr("model type 99"));
  EXPECT_THAT(with(kBpe), HasSubstr("removes extra spaces"));
  EXPECT_THAT(with(kBpe + bytes_field(3, bytes_field(1, "nmt_nfkc") + bytes_field(2, "rules"))),
              HasSubstr("normalizer \"nmt_nfkc\""));
  EXPECT_THAT(with(kBpe + bytes_field(3, number_field(4, 0) + number_field(5, 0))),
              HasSubstr("does not escape spaces"));
  EXPECT_THAT(with(kBpe + kIdentity + piece("old", 0, 5)), HasSubstr("the unused piece \"old\""));
}

TEST(SentencepieceVocabulary, RefusesBrokenFiles) {
  const std::string whole = kBpe + kIdentity + piece("<s>", 0, 3) + piece("a", -1, 1);
  EXPECT_EQ(message(whole), "accepted");
  EXPECT_THAT(message(std::string("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11)),
              HasSubstr("no protobuf message"));
  EXPECT_THAT(message(std::string("\x0A\x7F"
                                  "ab")),
              HasSubstr("no protobuf message"));
  EXPECT_THAT(message(std::string(20, '\xFF')), HasSubstr("no protobuf message"));
  EXPECT_THAT(message(number_field(1, 5)), HasSubstr("no SentencePiece model (field 1)"));
  std::mt19937 random(5);
  for (int round = 0; round < 20000; ++round) {  // whatever a flipped bit does, it is an Error or a vocabulary
    std::string changed = whole;
    changed[random() % changed.size()] ^= static_cast<char>(1 << random() % 8);
    message(changed.substr(0, random() % 4 == 0 ? random() % changed.size() : changed.size()));
  }
}

}  // namespace
}  // namespace octavo::sim::text
