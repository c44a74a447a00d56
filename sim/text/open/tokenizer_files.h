// The files of a tokenizer, to be put beside another model.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace octavo::sim::text {

struct TokenizerFile {
  std::string name;  ///< in the other model's folder
  std::string bytes;

  bool operator==(const TokenizerFile&) const = default;
};

/// All that belongs to the tokenizer at `path` (which open_tokenizer() opens): in a folder that holds these files
/// alone, find_tokenizer() finds the same tokenizer. Of Hugging Face's names those beside it come along that the
/// tokenizer is also written in (tokenizer.model beside tokenizer.json) or that say how it is used
/// (tokenizer_config.json, special_tokens_map.json, ...). A file with a name of its own comes alone, under the usual
/// name of its kind; of a GGUF model the metadata, as tokenizer.gguf. Throws Error if a file cannot be read.
std::vector<TokenizerFile> tokenizer_files(const std::filesystem::path& path);

}  // namespace octavo::sim::text
