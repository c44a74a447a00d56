// The first step of byte-level BPE: cutting the text into the pieces that merges stay within.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "sim/text/vocabulary.h"

namespace octavo::sim::text {

/// The regular expressions as their tokenizers give them (Llama 3 and GPT-2 tokenizer.json, GPT-2 encoder.py).
inline constexpr std::string_view kGpt2Regex =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
inline constexpr std::string_view kLlama3Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// Safe to use from several threads at once.
class Splitter {
 public:
  explicit Splitter(Split split);
  ~Splitter();
  Splitter(const Splitter&) = delete;
  Splitter& operator=(const Splitter&) = delete;

  /// Non-empty pieces that make up `text`, in order; views of it. Bytes that are not UTF-8 end the text before them:
  /// each run of such bytes is a piece, and the stretches around it are split as texts of their own.
  std::vector<std::string_view> split(std::string_view text) const;

 private:
  struct Pattern;
  std::unique_ptr<const Pattern> pattern_;
};

}  // namespace octavo::sim::text
