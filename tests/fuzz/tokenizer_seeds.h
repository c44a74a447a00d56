// Small whole tokenizer files of every kind, for fuzz_tokenizer to begin with.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sim/text/bpe/splitter.h"

namespace octavo::fuzz {

/// The beginning of Llama 2's vocabulary as calls of add(token, type of piece).
template <class Add>
void llama2_tokens(const Add& add) {
  add("<unk>", 2);
  add("<s>", 3);
  add("</s>", 3);
  for (int byte = 0; byte < 256; ++byte) add(fmt::format("<0x{:02X}>", byte), 6);
  add("\u2581", 1);
  add("a", 1);
  add("\u2581a", 1);
  add("<x>", 4);
}

inline std::string llama2c_file() {
  std::string bytes("\x08\0\0\0", 4);
  llama2_tokens([&](std::string_view token, int) {
    bytes += std::string("\0\0\x80\xBF", 4) + static_cast<char>(token.size()) + std::string(3, '\0');
    bytes += token;
  });
  return bytes;
}

inline std::string sentencepiece_file() {
  std::string bytes;
  llama2_tokens([&](std::string_view token, int type) {
    bytes +=
        fmt::format("\x0A{:c}\x0A{:c}{}", static_cast<char>(token.size() + 9), static_cast<char>(token.size()), token);
    bytes += std::string("\x15\0\0\x80\xBF\x18", 6) + static_cast<char>(type);
  });
  return bytes + std::string("\x12\x02\x18\x02\x1A\x02\x20\0", 8);  // BPE; extra spaces stay
}

inline std::string tokenizer_json(std::string_view rest, std::string_view merge = R"("a b")",
                                  std::string_view more_added = "") {
  return fmt::format(
      R"({{"added_tokens": [{} {{"id": 3, "content": "<s>"}}], "model": {{"type": "BPE", "unk_token": null,
      "vocab": {{"a": 0, "b": 1, "ab": 2}}, "merges": [{}]}}, {}}})",
      more_added, merge, rest);
}

inline std::string llama2_json(std::string_view rest) {
  std::string vocabulary;
  int id = 0;
  llama2_tokens([&](std::string_view token, int) {
    vocabulary += fmt::format("{}\"{}\": {}", id == 0 ? "" : ", ", token, id);
    ++id;
  });
  return fmt::format(R"({{"model": {{"byte_fallback": true, "vocab": {{{}}}, "merges": ["\u2581 a"]}}, {}}})",
                     vocabulary, rest);
}

/// The first byte of an input says what is fuzzed with the rest: see run() in fuzz_tokenizer.cpp.
inline std::vector<std::string> tokenizer_seeds() {
  constexpr std::string_view kText = "\n\n\n I'll aab 12 \xFF\u4E2D\u3000 x";
  constexpr std::string_view kByteLevel = R"({"type": "ByteLevel", "add_prefix_space": false, "use_regex": true})";
  constexpr std::string_view kUnsplit = R"({"type": "ByteLevel", "add_prefix_space": false, "use_regex": false})";
  constexpr std::string_view kTemplate = R"("post_processor": {"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "<s>"}}], "special_tokens": {"<s>": {"ids": [3]}}})";
  constexpr std::string_view kNormalizer = R"("normalizer": {"type": "Sequence", "normalizers": [
      {"type": "Prepend", "prepend": "\u2581"}, {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]})";
  constexpr std::string_view kMetaspace = R"("pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581",
      "prepend_scheme": "first", "split": false})";
  const auto steps = [](std::string_view first, std::string_view last) {
    return fmt::format(R"("pre_tokenizer": {{"type": "Sequence", "pretokenizers": [{}, {}]}})", first, last);
  };
  const std::string split = fmt::format(R"({{"type": "Split", "pattern": {}, "behavior": "Isolated"}})",
                                        nlohmann::json{{"Regex", octavo::sim::text::kLlama3Regex}}.dump());
  constexpr std::string_view kDigits = R"({"type": "Digits", "individual_digits": true})";
  const std::string header = "{'descr': '<u2', 'fortran_order': False, 'shape': (2, 2), }\n";
  const std::string npy =
      std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(header.size()) + '\0' + header + std::string(8, '\0');

  std::vector<std::string> inputs;
  const auto add = [&](int target, std::string_view bytes, std::string_view text = {}) {
    inputs.push_back(static_cast<char>(target) + std::string(bytes) + std::string(text));
  };
  add(0, tokenizer_json(fmt::format(R"("pre_tokenizer": {}, {})", kByteLevel, kTemplate)), kText);
  add(0, tokenizer_json(steps(kDigits, kByteLevel)), kText);
  add(0, tokenizer_json(steps(split, kUnsplit), R"(["a", "b"])"), kText);
  add(0, llama2_json(kNormalizer), kText);
  add(0, llama2_json(kMetaspace), kText);
  add(9, llama2c_file());  // 263 tokens
  add(2, sentencepiece_file());
  add(3, R"({"a": 0, "b": 1, "ab": 2})", "\n\n\na b\n");
  add(4, npy);
  add(0, tokenizer_json(fmt::format(R"("pre_tokenizer": {})", kByteLevel), R"("a b")", R"({"id": 4, "content": " aab",
      "special": false, "lstrip": true, "rstrip": true, "single_word": true, "normalized": true},)"),
      kText);
  add(6 + 8 * 3, R"({"add_bos_token": true, "bos_token": {"content": "a"}, "add_eos_token": false,
      "added_tokens_decoder": {"256": {"content": "I'll", "special": true, "rstrip": true}}})",
      kText);
  add(6 + 8 * 2, R"({"aab": 256, "12": 300})", kText);
  add(7, std::string_view("\0aa\n\1ab\n\x0Ex\n\x04I\n\x10ll", 17), kText);
  add(5, "hello w\u00E9\u4E2D", kText);
  for (int target = 6; target < 6 * 32; target += 32) add(target, kText);
  return inputs;
}

}  // namespace octavo::fuzz
