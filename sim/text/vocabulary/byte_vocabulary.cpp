// A vocabulary of the 256 bytes and nothing else.
#include "sim/text/vocabulary/byte_vocabulary.h"

#include <nlohmann/json.hpp>

#include "sim/text/bpe/byte_alphabet.h"

namespace octavo::sim::text {

Vocabulary byte_vocabulary() {
  Vocabulary vocabulary;
  for (int byte = 0; byte < 256; ++byte)
    vocabulary.tokens.push_back(to_byte_alphabet(std::string(1, static_cast<char>(byte))));
  vocabulary.types.assign(256, TokenType::normal);
  return vocabulary;
}

std::string byte_tokenizer_json() {
  using Json = nlohmann::ordered_json;
  Json ids = Json::object();
  int id = 0;
  for (const std::string& token : byte_vocabulary().tokens) ids[token] = id++;
  const Json byte_level{
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  const Json file{{"version", "1.0"},
                  {"truncation", nullptr},
                  {"padding", nullptr},
                  {"added_tokens", Json::array()},
                  {"normalizer", nullptr},
                  {"pre_tokenizer", byte_level},
                  {"post_processor", nullptr},
                  {"decoder", byte_level},
                  {"model", {{"type", "BPE"}, {"vocab", ids}, {"merges", Json::array()}}}};
  return file.dump(1) + "\n";
}

}  // namespace octavo::sim::text
