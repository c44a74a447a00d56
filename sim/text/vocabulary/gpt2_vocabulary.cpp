// The vocabulary of GPT-2's pair of files: see gpt2_vocabulary.h.
#include "sim/text/vocabulary/gpt2_vocabulary.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "messages/error.h"
#include "sim/file/file_bytes.h"
#include "sim/text/vocabulary/token_list.h"

namespace octavo::sim::text {

Vocabulary parse_gpt2_vocabulary(std::string_view encoder, std::string_view merges, const std::string& where) {
  const auto json = nlohmann::json::parse(encoder, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) throw Error(fmt::format("{}: is not JSON", where));
  Vocabulary vocabulary;
  vocabulary.algorithm = Algorithm::byte_level_bpe;
  vocabulary.split = Split::gpt2;
  read_token_object(json, where, vocabulary);
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    if (vocabulary.tokens[id] == "<|endoftext|>") {
      vocabulary.types[id] = TokenType::control;
      vocabulary.bos = vocabulary.eos = static_cast<std::int32_t>(id);
      vocabulary.added.push_back({.id = *vocabulary.bos, .content = vocabulary.tokens[id], .special = true});
    }
  }
  for (std::size_t begin = 0; begin < merges.size();) {
    const std::size_t end = std::min(merges.find('\n', begin), merges.size());
    std::string_view line = merges.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool version = begin == 0 && line.starts_with("#version");
    if (!line.empty() && !version) vocabulary.merges.push_back(merge_sides(line, where));
    begin = end + 1;
  }
  return vocabulary;
}

Vocabulary read_gpt2_vocabulary(const std::filesystem::path& encoder, const std::filesystem::path& merges) {
  return parse_gpt2_vocabulary(file::file_bytes(encoder), file::file_bytes(merges), encoder.string());
}

}  // namespace octavo::sim::text
