// A tokenizer as plain data: what tokenizer.json, GGUF, llama2.c and GPT-2 files all come down to.
#pragma once

#include <cstdint>
#include <limits>
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

enum class TokenType : std::uint8_t {
  normal,
  unknown,
  control,
  byte,
  unused,        ///< also an id that no token has
  user_defined,  ///< stored as it is written in a text; comes out of a text by being cut out only
};

/// A token that is cut out of a text before anything else happens to it, as `added_tokens` of a tokenizer.json are.
struct AddedToken {
  std::int32_t id = 0;
  std::string content;       ///< what is looked for; not empty
  bool special = false;      ///< marks up a text and is none of its words
  bool normalized = false;   ///< looked for in what the first look left over, once that is normalized
  bool lstrip = false;       ///< takes the white space before it in
  bool rstrip = false;       ///< takes the white space after it in
  bool single_word = false;  ///< only where neither side goes on with a letter, digit or the like
  /// The id that `tokenizers` gives it in place of the file's, where ids leave a gap: a text that uses it is refused.
  std::optional<std::int32_t> other_id = std::nullopt;

  bool operator==(const AddedToken&) const = default;
};

struct Vocabulary {
  static constexpr std::int64_t kAnySize = std::numeric_limits<std::int32_t>::max();

  Algorithm algorithm = Algorithm::byte_level_bpe;
  Split split = Split::gpt2;  ///< byte_level_bpe only
  std::vector<std::string>
      tokens;  ///< id -> text as stored (byte-level: in printable code points; SentencePiece: U+2581 for space)
  std::vector<TokenType> types;  ///< by id
  std::vector<float> scores;     ///< by id; sentencepiece_bpe only
  std::vector<std::pair<std::string, std::string>>
      merges;                     ///< by rank; in sentencepiece_bpe they may stand in for scores
  std::vector<AddedToken> added;  ///< tokens cut out of the text, in no order
  bool special_as_text = false;   ///< special tokens written in a text are text like any other
  bool add_space_prefix = false;  ///< sentencepiece_bpe: a space is put before each stretch between added tokens
  bool prefix_only_without_space = false;  ///< ... but not before one that begins with a space
  bool prefix_first_only = false;          ///< ... and only where the text begins
  bool normalizes_late =
      false;             ///< sentencepiece_bpe: spaces become U+2581 after, not before, `normalized` tokens are cut out
  bool add_bos = false;  ///< the tokenizer itself puts BOS before a text
  bool add_eos = false;  ///< ... and EOS after it
  bool ignore_merges = false;  ///< Llama 3: a piece that is a token by itself is not merged
  std::optional<std::int32_t> bos, eos, unknown;
  std::int64_t model_size = kAnySize;  ///< rows of the model: a text that uses a token beyond is refused
};

}  // namespace octavo::sim::text
