// tokenizer.json: the three families as Hugging Face writes them, and others refused by name.
#include "sim/text/vocabulary/tokenizer_json.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "messages/error.h"
#include "sim/text/bpe/splitter.h"
#include "sim/text/tokenizer.h"

namespace octavo::sim::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr const char* kByteLevel = R"({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true})";
constexpr const char* kUnsplit = R"({"type": "ByteLevel", "add_prefix_space": false, "use_regex": false})";
constexpr const char* kModel =
    R"({"type": "BPE", "dropout": null, "unk_token": null, "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]})";

std::string sequence(const std::string& first, const std::string& second, const char* list = "pretokenizers") {
  return fmt::format(R"({{"type": "Sequence", "{}": [{}, {}]}})", list, first, second);
}

std::string file_of(const std::string& model, const std::string& pre_tokenizer, const std::string& rest = "") {
  return fmt::format(R"({{"version": "1.0", "model": {}, "pre_tokenizer": {}{}}})", model, pre_tokenizer, rest);
}

std::string split_by(std::string_view regex, const std::string& rest = R"("behavior": "Isolated", "invert": false)") {
  std::string escaped;
  for (const char c : regex) escaped += c == '\\' ? "\\\\" : std::string(1, c);
  return fmt::format(R"({{"type": "Split", "pattern": {{"Regex": "{}"}}, {}}})", escaped, rest);
}

std::string message(const std::string& bytes) {
  try {
    parse_tokenizer_json(bytes, "tokenizer.json");
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    EXPECT_THAT(error.what(), HasSubstr("tokenizer.json: "));
    return error.what();
  }
  return "accepted";
}

TEST(TokenizerJson, Gpt2) {
  const std::string added = R"(, "added_tokens": [{"id": 3, "content": "<|endoftext|>", "special": true}],
      "normalizer": null, "post_processor": {"type": "ByteLevel", "trim_offsets": false}, "decoder": {"type": "ByteLevel"})";
  const Vocabulary vocabulary = parse_tokenizer_json(file_of(kModel, kByteLevel, added), "tokenizer.json");
  EXPECT_EQ(vocabulary.algorithm, Algorithm::byte_level_bpe);
  EXPECT_EQ(vocabulary.split, Split::gpt2);
  EXPECT_THAT(vocabulary.tokens, ElementsAre("a", "b", "ab", "<|endoftext|>"));
  EXPECT_THAT(vocabulary.types,
              ElementsAre(TokenType::normal, TokenType::normal, TokenType::normal, TokenType::control));
  EXPECT_THAT(vocabulary.merges, ElementsAre(Pair("a", "b")));
  EXPECT_THAT(vocabulary.added, ElementsAre(AddedToken{.id = 3, .content = "<|endoftext|>", .special = true}));
  EXPECT_FALSE(vocabulary.add_bos);
  EXPECT_FALSE(vocabulary.ignore_merges);
}

TEST(TokenizerJson, AddedTokensOfTheVocabularyStayMergeable) {
  const std::string added = R"(, "added_tokens": [{"id": 4, "content": "<x>", "special": false, "normalized": true},
      {"id": 2, "content": "ab", "special": true, "rstrip": true}, {"id": 3, "content": "<y>", "special": true}])";
  const Vocabulary vocabulary = parse_tokenizer_json(file_of(kModel, kByteLevel, added), "x");
  EXPECT_THAT(vocabulary.types, ElementsAre(TokenType::normal, TokenType::normal, TokenType::normal, TokenType::control,
                                            TokenType::user_defined));
  EXPECT_THAT(vocabulary.added, ElementsAre(AddedToken{.id = 2, .content = "ab", .special = true, .rstrip = true},
                                            AddedToken{.id = 3, .content = "<y>", .special = true},
                                            AddedToken{.id = 4, .content = "<x>", .normalized = true}));
  EXPECT_THAT(make_tokenizer(vocabulary, "x")->encode("a<x>ab ab"), ElementsAre(0, 4, 2, 2));
}

TEST(TokenizerJson, AnAddedTokenAboveAGapHasTwoIds) {  // tokenizers 0.23.3 gives it 3, and warns
  const std::string added = R"(, "added_tokens": [{"id": 7, "content": "<pad>", "special": true}])";
  const Vocabulary vocabulary = parse_tokenizer_json(file_of(kModel, kByteLevel, added), "x");
  EXPECT_EQ(vocabulary.tokens.size(), 8U);
  const auto tokenizer = make_tokenizer(vocabulary, "tokenizer.json");
  EXPECT_THAT(tokenizer->encode("ab"), ElementsAre(2));
  try {
    tokenizer->encode("a<pad>");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("token '<pad>', whose id is 7 by this file but 3 by the library"));
  }
}

TEST(TokenizerJson, ATemplateMayEndWithEos) {
  const auto with = [](const std::string& single) {
    return file_of(kModel, kByteLevel,
                   fmt::format(R"(, "post_processor": {{"type": "TemplateProcessing", "single": [{}],
                       "special_tokens": {{"a": {{"ids": [0]}}, "b": {{"ids": [1]}}}}}})",
                               single));
  };
  const std::string a = R"({"SpecialToken": {"id": "a"}})";
  const std::string b = R"({"SpecialToken": {"id": "b"}})";
  const std::string text = R"({"Sequence": {"id": "A"}})";
  const Vocabulary both = parse_tokenizer_json(with(a + "," + text + "," + b), "x");
  EXPECT_EQ(make_tokenizer(both, "x")->bos(), 0);
  EXPECT_EQ(make_tokenizer(both, "x")->appended_eos(), 1);
  const Vocabulary only_eos = parse_tokenizer_json(with(text + "," + b), "x");
  EXPECT_EQ(make_tokenizer(only_eos, "x")->bos(), std::nullopt);
  EXPECT_EQ(make_tokenizer(only_eos, "x")->appended_eos(), 1);
  EXPECT_THAT(message(with(a + "," + b + "," + text)), HasSubstr("several tokens on one side"));
}

TEST(TokenizerJson, Smollm2) {
  const std::string digits = R"({"type": "Digits", "individual_digits": true})";
  EXPECT_EQ(parse_tokenizer_json(file_of(kModel, sequence(digits, kByteLevel)), "x").split, Split::smollm);
}

TEST(TokenizerJson, Llama3) {
  const std::string model =
      R"({"type": "BPE", "ignore_merges": true, "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]})";
  const std::string rest = fmt::format(
      R"(, "added_tokens": [{{"id": 3, "content": "<|begin_of_text|>", "special": true}}], "post_processor": {})",
      sequence(R"({"type": "ByteLevel"})", R"({"type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<|begin_of_text|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "special_tokens": {"<|begin_of_text|>": {"id": "<|begin_of_text|>", "ids": [3], "tokens": ["<|begin_of_text|>"]}}})",
               "processors"));
  const Vocabulary vocabulary =
      parse_tokenizer_json(file_of(model, sequence(split_by(kLlama3Regex), kUnsplit), rest), "tokenizer.json");
  EXPECT_EQ(vocabulary.split, Split::llama3);
  EXPECT_TRUE(vocabulary.ignore_merges);
  EXPECT_TRUE(vocabulary.add_bos);
  EXPECT_EQ(vocabulary.bos, 3);
  EXPECT_THAT(vocabulary.merges, ElementsAre(Pair("a", "b")));
  EXPECT_EQ(parse_tokenizer_json(file_of(model, sequence(split_by(kGpt2Regex), kUnsplit)), "x").split, Split::gpt2);
}

std::string llama2_model() {
  std::string vocab = R"("<unk>": 0, "<s>": 1, "</s>": 2)";
  for (int byte = 0; byte < 256; ++byte) vocab += fmt::format(R"(, "<0x{:02X}>": {})", byte, byte + 3);
  vocab += R"(, "▁": 259, "a": 260, "b": 261, "▁a": 262, "ab": 263)";
  return fmt::format(R"({{"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true,
      "vocab": {{{}}}, "merges": ["▁ a", "a b"]}})",
                     vocab);
}
constexpr const char* kSpecial =
    R"(, "added_tokens": [{"id": 0, "content": "<unk>", "special": true},
        {"id": 1, "content": "<s>", "special": true}, {"id": 2, "content": "</s>", "special": true}])";

TEST(TokenizerJson, Llama2) {
  const std::string normalizer =
      sequence(R"({"type": "Prepend", "prepend": "▁"})",
               R"({"type": "Replace", "pattern": {"String": " "}, "content": "▁"})", "normalizers");
  const Vocabulary vocabulary = parse_tokenizer_json(
      file_of(llama2_model(), "null", fmt::format(R"({}, "normalizer": {})", kSpecial, normalizer)), "x");
  EXPECT_EQ(vocabulary.algorithm, Algorithm::sentencepiece_bpe);
  EXPECT_EQ(vocabulary.unknown, 0);
  EXPECT_EQ(vocabulary.types[0], TokenType::unknown);
  EXPECT_THAT(vocabulary.added[1], (AddedToken{.id = 1, .content = "<s>", .special = true}));
  EXPECT_EQ(vocabulary.types[3], TokenType::byte);
  const auto tokenizer = make_tokenizer(vocabulary, "x");
  EXPECT_THAT(tokenizer->encode("ab"), ElementsAre(262, 261));
  EXPECT_THAT(tokenizer->encode(" ab\n"), ElementsAre(259, 262, 261, 3 + '\n'));
  EXPECT_THAT(tokenizer->encode("ab</s>ab"), ElementsAre(262, 261, 2, 262, 261));  // a space before each stretch
  EXPECT_EQ(tokenizer->decode({1, 262, 261, 2}), "ab");
}

TEST(TokenizerJson, Llama2WithMetaspace) {
  const auto ids = [](const std::string& scheme, const std::string& text) {
    const std::string metaspace =
        fmt::format(R"({{"type": "Metaspace", "replacement": "▁", {}, "split": false}})", scheme);
    return make_tokenizer(parse_tokenizer_json(file_of(llama2_model(), metaspace, kSpecial), "x"), "x")->encode(text);
  };
  for (const char* scheme :
       {R"("prepend_scheme": "first")", R"("prepend_scheme": "always")", R"("add_prefix_space": true)"}) {
    EXPECT_THAT(ids(scheme, "ab"), ElementsAre(262, 261));
    EXPECT_THAT(ids(scheme, " ab"), ElementsAre(262, 261));  // a space is there already
  }
  EXPECT_THAT(ids(R"("prepend_scheme": "first")", "ab</s>ab"), ElementsAre(262, 261, 2, 263));
  EXPECT_THAT(ids(R"("prepend_scheme": "always")", "ab</s>ab"), ElementsAre(262, 261, 2, 262, 261));
  for (const char* scheme : {R"("prepend_scheme": "never")", R"("add_prefix_space": false)"}) {
    EXPECT_THAT(ids(scheme, "ab"), ElementsAre(263));
  }
}

TEST(TokenizerJson, RefusesOtherFamiliesByName) {
  const auto normalized = [](const char* normalizer) {
    return file_of(kModel, kByteLevel, fmt::format(R"(, "normalizer": {})", normalizer));
  };
  EXPECT_THAT(message(file_of(R"({"type": "Unigram", "vocab": []})", "null")),
              HasSubstr("model Unigram is not supported"));
  EXPECT_THAT(message(file_of(R"({"type": "WordPiece"})", "null")), HasSubstr("model WordPiece"));
  EXPECT_THAT(message(file_of(kModel, R"({"type": "Whitespace"})")), HasSubstr("pre-tokenizer Whitespace"));
  EXPECT_THAT(message(file_of(kModel, R"({"type": "White\nspace"})")), HasSubstr("pre-tokenizer White?space"));
  EXPECT_THAT(message(file_of(kModel, "null")), HasSubstr("neither a pre-tokenizer nor byte_fallback"));
  EXPECT_THAT(message(file_of(kModel, kUnsplit)), HasSubstr("ByteLevel without use_regex"));
  EXPECT_THAT(message(file_of(kModel, R"({"type": "ByteLevel", "add_prefix_space": true})")),
              HasSubstr("add_prefix_space"));
  EXPECT_THAT(message(file_of(kModel, sequence(R"({"type": "Punctuation"})", kByteLevel))), HasSubstr("Punctuation"));
  EXPECT_THAT(message(file_of(kModel, sequence(R"({"type": "Digits"})", kByteLevel))), HasSubstr("individual_digits"));
  EXPECT_THAT(message(file_of(kModel, sequence(split_by("\\w+"), kUnsplit))), HasSubstr(R"(Split by "\\w+")"));
  EXPECT_THAT(message(file_of(kModel, sequence(split_by(kLlama3Regex, R"("behavior": "Removed")"), kUnsplit))),
              HasSubstr("Split that does not isolate"));
  EXPECT_THAT(message(normalized(R"({"type": "NFC"})")), HasSubstr("normalizer NFC"));
  EXPECT_THAT(message(normalized(R"({"type": "Sequence", "normalizers": [{"type": "Lowercase"}]})")),
              HasSubstr("Lowercase"));
  EXPECT_THAT(message(file_of(kModel, kByteLevel, R"(, "post_processor": {"type": "BertProcessing"})")),
              HasSubstr("post-processor BertProcessing"));
  EXPECT_THAT(
      message(file_of(R"({"type": "BPE", "end_of_word_suffix": "</w>", "vocab": {}, "merges": []})", kByteLevel)),
      HasSubstr("end_of_word_suffix"));
  EXPECT_THAT(message(file_of(R"({"type": "BPE", "dropout": 0.1, "vocab": {}, "merges": []})", kByteLevel)),
              HasSubstr("dropout"));
  EXPECT_THAT(message(file_of(R"({"type": "BPE", "unk_token": "a", "vocab": {"a": 0}, "merges": []})", kByteLevel)),
              HasSubstr("lacks bytes"));
  EXPECT_THAT(message(file_of(llama2_model(), "null")), HasSubstr("without U+2581 in place of spaces"));
  EXPECT_THAT(message(file_of(llama2_model(), R"({"type": "Metaspace", "replacement": "▁"})")),
              HasSubstr("Metaspace that splits"));
}

TEST(TokenizerJson, RefusesBrokenFiles) {
  const std::string whole = file_of(kModel, kByteLevel);
  EXPECT_EQ(message(whole), "accepted");
  for (std::size_t length = 0; length < whole.size(); ++length) EXPECT_NE(message(whole.substr(0, length)), "accepted");
  for (const char* json :
       {"[]", "{}", "null", "3", R"({"model": 3})", R"({"model": {"vocab": 3}})", R"({"model": {}})",
        R"({"model": {"vocab": {}, "merges": 3}})", R"({"model": {"vocab": {"a": 0}, "merges": [3]}})",
        R"({"model": {"vocab": {"a": 0}, "merges": [["a"]]}})"}) {
    EXPECT_NE(message(json), "accepted") << json;
  }
  EXPECT_THAT(message(file_of(kModel, kByteLevel, R"(, "added_tokens": [{"id": 1, "content": "c"}])")),
              HasSubstr("tokens \"b\" and \"c\" have the same id 1"));
  EXPECT_THAT(message(file_of(kModel, kByteLevel, R"(, "added_tokens": [{"id": 1e300, "content": "c"}])")),
              HasSubstr("an id is no integer"));
  const char* far = R"(, "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "s"}}],
      "special_tokens": {"s": {"ids": [3]}}})";
  EXPECT_THAT(message(file_of(kModel, kByteLevel, far)), HasSubstr("texts begin with token 3, but there are 3 tokens"));
}

}  // namespace
}  // namespace octavo::sim::text
