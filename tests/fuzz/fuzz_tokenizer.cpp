// Fuzzes the readers of tokenizer files and the tokenizers they make: an input is an Error or a tokenizer that works.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/text/token_ids.h"
#include "sim/text/tokenizer.h"
#include "sim/text/vocabulary/byte_vocabulary.h"
#include "sim/text/vocabulary/gpt2_vocabulary.h"
#include "sim/text/vocabulary/llama2c_vocabulary.h"
#include "sim/text/vocabulary/sentencepiece_vocabulary.h"
#include "sim/text/vocabulary/token_list.h"
#include "sim/text/vocabulary/tokenizer_config.h"
#include "sim/text/vocabulary/tokenizer_json.h"
#include "tests/fuzz/seeded.h"
#include "tests/fuzz/tokenizer_seeds.h"

namespace {

using octavo::sim::text::AddedToken;
using octavo::sim::text::Algorithm;
using octavo::sim::text::Split;
using octavo::sim::text::TokenType;
using octavo::sim::text::Vocabulary;

void require(bool holds) {
  if (!holds) std::abort();
}

void encode_and_decode(Vocabulary vocabulary, std::string_view text, bool comes_back) {
  const auto tokenizer = make_tokenizer(std::move(vocabulary), "input");
  const auto ids = tokenizer->encode(text);
  const std::string decoded = tokenizer->decode(ids);
  require(!comes_back || decoded == text);
}

/// A vocabulary that tokenizes any bytes, with tokens out of `seed`: pairs of its characters.
Vocabulary pair_vocabulary(std::string_view seed) {
  Vocabulary vocabulary;
  vocabulary.algorithm = Algorithm::sentencepiece_bpe;
  const auto add = [&](std::string token, TokenType type) {
    vocabulary.scores.push_back(static_cast<float>(vocabulary.tokens.size() * 7 % 13));
    vocabulary.tokens.push_back(std::move(token));
    vocabulary.types.push_back(type);
  };
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (std::size_t byte = 0; byte < 256; ++byte) {
    add(std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">", TokenType::byte);
  }
  add("\u2581", TokenType::normal);
  for (std::size_t at = 0; at + 1 < seed.size() && at < 64; ++at) {
    for (const std::size_t length : {1, 2, 4}) add(std::string(seed.substr(at, length)), TokenType::normal);
  }
  vocabulary.add_space_prefix = seed.size() % 2 != 0;
  return vocabulary;
}

/// One of each split, without and with whole pieces first.
std::vector<std::unique_ptr<octavo::sim::text::Tokenizer>> byte_level_tokenizers() {
  std::vector<std::unique_ptr<octavo::sim::text::Tokenizer>> tokenizers;
  for (const Split split : {Split::gpt2, Split::smollm, Split::llama3}) {
    for (const bool ignore_merges : {false, true}) {
      Vocabulary vocabulary = octavo::sim::text::parse_gpt2_vocabulary(
          R"({"a": 0, "b": 1, "ab": 2, "aa": 3, "aab": 4, "\u0120": 5, "1": 6})", "a b\na a\na ab\n", "input");
      vocabulary.split = split;
      vocabulary.ignore_merges = ignore_merges;
      tokenizers.push_back(make_tokenizer(std::move(vocabulary), "input"));
    }
  }
  return tokenizers;
}

/// Tokens are the lines of `lines`, each after a byte of flags; on top of the 256 bytes.
Vocabulary bytes_and_added(std::string_view lines, bool flags) {
  Vocabulary vocabulary = octavo::sim::text::byte_vocabulary();
  std::vector<AddedToken> added;
  for (std::int32_t id = 256; !lines.empty() && id < 300; ++id) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (line.size() < 2) continue;
    const auto bits = static_cast<unsigned char>(line[0]);
    AddedToken token{.id = id, .content = std::string(line.substr(1)), .normalized = (bits & 1) != 0};
    if (flags) {
      token.special = (bits & 2) != 0;
      token.lstrip = (bits & 4) != 0;
      token.rstrip = (bits & 8) != 0;
      token.single_word = (bits & 16) != 0;
    }
    added.push_back(std::move(token));
  }
  add_tokens(added, "input", vocabulary);
  vocabulary.special_as_text = flags && added.size() % 2 == 0;
  return vocabulary;
}

void run(std::uint8_t target, std::string_view input) {
  // The readers get the first part, what they made encodes the rest.
  const std::size_t middle = std::min(input.find("\n\n\n"), input.size());
  const std::string_view file = input.substr(0, middle);
  const std::string_view text = input.substr(middle);
  switch (target % 8) {
    case 0:
      return encode_and_decode(octavo::sim::text::parse_tokenizer_json(file, "input"), text, false);
    case 1:
      return encode_and_decode(octavo::sim::text::parse_llama2c_vocabulary(input, 262 + target / 8, "input"), input,
                               false);
    case 2:
      return encode_and_decode(octavo::sim::text::parse_sentencepiece_vocabulary(input, "input"), input, false);
    case 3:
      return encode_and_decode(octavo::sim::text::parse_gpt2_vocabulary(file, text, "input"), input, false);
    case 4:
      octavo::sim::text::parse_token_ids(input, 1000, "input");
      return;
    case 5: {
      // U+2581 in the text comes back as a space: leave it out of what has to come back.
      const bool plain = text.find("\xE2\x96\x81") == text.npos;
      return encode_and_decode(pair_vocabulary(file), text, plain);
    }
    case 7:  // a text comes back whatever is cut out of it, unless flags take white space in or drop tokens
      encode_and_decode(bytes_and_added(file, false), text, true);
      return encode_and_decode(bytes_and_added(file, true), text, false);
    case 6: {
      if (target / 8 % 4 == 3) {
        Vocabulary vocabulary = octavo::sim::text::byte_vocabulary();
        parse_tokenizer_config(file, true, "input", vocabulary);
        return encode_and_decode(std::move(vocabulary), text, false);
      }
      if (target / 8 % 4 == 2) {
        Vocabulary vocabulary = octavo::sim::text::byte_vocabulary();
        parse_added_tokens(file, "input", vocabulary);
        return encode_and_decode(std::move(vocabulary), text, true);
      }
      static const auto tokenizers = byte_level_tokenizers();
      const auto& tokenizer = *tokenizers[target / 32 % tokenizers.size()];
      tokenizer.decode(tokenizer.encode(input));
      return;
    }
    default:
      return;
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned random) {
  static const std::vector<std::string> inputs = octavo::fuzz::tokenizer_seeds();
  return octavo::fuzz::mutate_or_seed(data, size, max_size, random, inputs);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  octavo::fuzz::expect_result_or_error([&] { run(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1}); });
  return 0;
}
