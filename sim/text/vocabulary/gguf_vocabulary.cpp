// The tokenizer in the metadata of a GGUF file.
#include "sim/text/vocabulary/gguf_vocabulary.h"

#include <fmt/format.h>

#include <utility>

#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::sim::text {
namespace {

[[noreturn]] void refuse(const file::Gguf& file, std::string_view why) {
  throw Error(fmt::format("{}: {}", messages::printable(file.name()), why));
}

void read_split(const file::Gguf& file, Vocabulary& vocabulary) {
  const std::string pre = file.metadata().text("tokenizer.ggml.pre").value_or("default");
  // "default" is what old converters wrote for GPT-2 itself; for other models it only means that nobody knew.
  const bool is_gpt2 = file.metadata().text("general.architecture") == "gpt2";
  if (pre == "gpt-2" || (pre == "default" && is_gpt2)) {
    vocabulary.split = Split::gpt2;
  } else if (pre == "smollm") {
    vocabulary.split = Split::smollm;
  } else if (pre == "llama-bpe" || pre == "llama3" || pre == "llama-v3") {
    vocabulary.split = Split::llama3;
    vocabulary.ignore_merges = true;
    vocabulary.add_bos = true;
  } else {
    refuse(file, fmt::format("pre-tokenizer {} is not implemented, only gpt-2, smollm and llama-bpe",
                             messages::printable(pre)));
  }
}

void read_merges(const file::Gguf& file, Vocabulary& vocabulary) {
  for (const std::string& merge : file.metadata().texts("tokenizer.ggml.merges")) {
    const std::size_t space = merge.find(' ', 1);  // a token may itself begin with a space
    if (space == std::string::npos || space + 1 == merge.size()) {
      refuse(file,
             fmt::format("merge {} is not two tokens and a space; the file is damaged", messages::printable(merge)));
    }
    vocabulary.merges.emplace_back(merge.substr(0, space), merge.substr(space + 1));
  }
}

TokenType token_type(const file::Gguf& file, std::int64_t number) {
  switch (number) {
    case 1:
      return TokenType::normal;
    case 4:
      return TokenType::user_defined;
    case 2:
      return TokenType::unknown;
    case 3:
      return TokenType::control;
    case 0:
    case 5:
      return TokenType::unused;
    case 6:
      return TokenType::byte;
    default:
      refuse(file, fmt::format("token type {} is unknown; the file is damaged", number));
  }
}

template <class List>
void check_length(const file::Gguf& file, const List& list, const Vocabulary& vocabulary, std::string_view what) {
  if (list.size() != vocabulary.tokens.size()) {
    refuse(file, fmt::format("{} {} for {} tokens; the file is damaged", list.size(), what, vocabulary.tokens.size()));
  }
}

std::optional<std::int32_t> read_id(const file::Gguf& file, const Vocabulary& vocabulary, std::string_view key) {
  const auto id = file.metadata().integer(key);
  if (!id) return std::nullopt;
  if (*id < 0 || *id >= static_cast<std::int64_t>(vocabulary.tokens.size())) {
    refuse(file,
           fmt::format("{} = {} is not one of {} tokens; the file is damaged", key, *id, vocabulary.tokens.size()));
  }
  return static_cast<std::int32_t>(*id);
}

}  // namespace

std::optional<Vocabulary> gguf_vocabulary(const file::Gguf& file) {
  const file::GgufMetadata& metadata = file.metadata();
  const std::string model = metadata.text("tokenizer.ggml.model").value_or("none");
  if (model == "none" || model == "no_vocab") return std::nullopt;
  if (model != "gpt2" && model != "llama") {
    refuse(file, fmt::format("tokenizer {} is not implemented, only gpt2 and llama", messages::printable(model)));
  }
  Vocabulary vocabulary;
  vocabulary.tokens = metadata.texts("tokenizer.ggml.tokens");
  const file::TensorInfo* const embedding = file.find("token_embd.weight");
  const bool fits = embedding != nullptr
                        ? static_cast<std::int64_t>(vocabulary.tokens.size()) <= embedding->shape.front()
                        : file.tensors().empty();
  if (vocabulary.tokens.empty() || !fits)
    refuse(file, fmt::format("{} tokens do not fit the embedding; the file is damaged", vocabulary.tokens.size()));
  for (const std::int64_t type : metadata.integers("tokenizer.ggml.token_type")) {
    vocabulary.types.push_back(token_type(file, type));
  }
  if (vocabulary.types.empty()) vocabulary.types.resize(vocabulary.tokens.size(), TokenType::normal);
  check_length(file, vocabulary.types, vocabulary, "token types");
  for (std::size_t id = 0; id < vocabulary.types.size(); ++id) {
    const TokenType type = vocabulary.types[id];  // as llama.cpp's cache_special_tokens
    const bool special = type == TokenType::control || type == TokenType::unknown;
    if ((special || type == TokenType::user_defined) && !vocabulary.tokens[id].empty())
      vocabulary.added.push_back(
          {.id = static_cast<std::int32_t>(id), .content = vocabulary.tokens[id], .special = special});
  }
  if (model == "llama") {
    vocabulary.algorithm = Algorithm::sentencepiece_bpe;
    vocabulary.scores = metadata.floats("tokenizer.ggml.scores");
    check_length(file, vocabulary.scores, vocabulary, "scores");
    vocabulary.add_space_prefix = metadata.boolean("tokenizer.ggml.add_space_prefix").value_or(true);
    vocabulary.add_bos = true;
  } else {
    vocabulary.algorithm = Algorithm::byte_level_bpe;
    read_split(file, vocabulary);
    read_merges(file, vocabulary);
  }
  vocabulary.bos = read_id(file, vocabulary, "tokenizer.ggml.bos_token_id");
  vocabulary.eos = read_id(file, vocabulary, "tokenizer.ggml.eos_token_id");
  vocabulary.unknown = read_id(file, vocabulary, "tokenizer.ggml.unknown_token_id");
  vocabulary.add_bos =
      metadata.boolean("tokenizer.ggml.add_bos_token").value_or(vocabulary.add_bos) && vocabulary.bos.has_value();
  vocabulary.add_eos = metadata.boolean("tokenizer.ggml.add_eos_token").value_or(false) && vocabulary.eos.has_value();
  return vocabulary;
}

}  // namespace octavo::sim::text
