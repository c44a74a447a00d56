// A tokenizer as plain data: what tokenizer.json, GGUF, llama2.c and GPT-2 files all come down to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace octavo::sim::text {

enum class Algorithm : std::uint8_t {
  byte_level_bpe,     ///< GPT-2's: bytes mapped to printable code points, ranked merges, a regex that splits first
  sentencepiece_bpe,  ///< Llama 2's: merge the adjacent pair whose union has the best score, bytes as <0xXX>
};

/// How byte-level BPE splits the text before merging.
enum class Split : std::uint8_t {
  gpt2,    ///< GPT-2's regex
  smollm,  ///< each digit on its own, then GPT-2's regex
  llama3,  ///< Llama 3's regex (up to three digits together)
};

enum class TokenType : std::uint8_t { normal, unknown, control, byte, unused };

struct Vocabulary {
  Algorithm algorithm = Algorithm::byte_level_bpe;
  Split split = Split::gpt2;  ///< byte_level_bpe only
  std::vector<std::string>
      tokens;  ///< id -> text as stored (byte-level: in printable code points; SentencePiece: U+2581 for space)
  std::vector<TokenType> types;  ///< by id
  std::vector<float> scores;     ///< by id; sentencepiece_bpe only
  std::vector<std::pair<std::string, std::string>>
      merges;                              ///< by rank; in sentencepiece_bpe they may stand in for scores
  bool add_space_prefix = false;           ///< sentencepiece_bpe: a space is put before the text
  bool prefix_only_without_space = false;  ///< ... but not before a text that begins with one
  bool add_bos = false;                    ///< the tokenizer itself puts BOS before a text
  bool ignore_merges = false;              ///< Llama 3: a piece that is a token by itself is not merged
  std::optional<std::int32_t> bos, eos, unknown;
};

}  // namespace octavo::sim::text
