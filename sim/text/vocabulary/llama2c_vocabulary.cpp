// The vocabulary of a llama2.c tokenizer file: see llama2c_vocabulary.h.
#include "sim/text/vocabulary/llama2c_vocabulary.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <utility>

#include "messages/error.h"
#include "sim/file/file_bytes.h"
#include "sim/text/bpe/byte_token.h"

namespace octavo::sim::text {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is read in place");

/// llama2.c stores spaces as they are, a Vocabulary as U+2581.
std::string escape_spaces(std::string_view token) {
  std::string escaped;
  for (const char c : token) {
    if (c == ' ') {
      escaped += "\u2581";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

Vocabulary parse_llama2c_vocabulary(std::string_view bytes, std::int64_t size, const std::string& where) {
  std::size_t offset = 0;
  const auto refuse = [&](const std::string& what) {
    throw Error(fmt::format("{}: {} at byte {}: is this llama2.c's tokenizer for a model with {} tokens?", where, what,
                            offset, size));
  };
  const auto take = [&]<class T>(T& value) {
    if (bytes.size() - offset < sizeof(T)) refuse("the file ends within a token");
    std::memcpy(&value, bytes.data() + offset, sizeof(T));
    offset += sizeof(T);
  };
  std::int32_t longest = 0;
  take(longest);
  if (longest <= 0) refuse(fmt::format("{} is no token length", longest));

  Vocabulary vocabulary;
  vocabulary.algorithm = Algorithm::sentencepiece_bpe;
  while (offset < bytes.size()) {
    if (std::cmp_equal(vocabulary.tokens.size(), size)) refuse("there are more tokens than the model has");
    float score = 0;
    std::int32_t length = 0;
    take(score);
    take(length);
    if (length < 0 || length > longest)
      refuse(fmt::format("a token of {} bytes, where {} is the longest,", length, longest));
    if (std::cmp_less(bytes.size() - offset, length)) refuse("the file ends within a token");
    const std::string_view token = bytes.substr(offset, static_cast<std::size_t>(length));
    offset += token.size();
    vocabulary.tokens.push_back(escape_spaces(token));
    vocabulary.scores.push_back(score);
    vocabulary.types.push_back(byte_of_token(token) ? TokenType::byte : TokenType::normal);
  }
  if (std::cmp_not_equal(vocabulary.tokens.size(), size) || size < 3) {
    refuse(fmt::format("the file ends after {} tokens", vocabulary.tokens.size()));
  }
  vocabulary.types[0] = TokenType::unknown;
  vocabulary.types[1] = vocabulary.types[2] = TokenType::control;
  vocabulary.unknown = 0;
  vocabulary.bos = 1;
  vocabulary.eos = 2;
  vocabulary.add_bos = true;
  vocabulary.add_space_prefix = true;
  return vocabulary;
}

Vocabulary read_llama2c_vocabulary(const std::filesystem::path& path, std::int64_t size) {
  return parse_llama2c_vocabulary(file::file_bytes(path), size, path.string());
}

}  // namespace octavo::sim::text
