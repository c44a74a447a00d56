// The tokenizer of a file or folder: see open.h.
#include "sim/text/open/open.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "messages/error.h"
#include "sim/file/file_bytes.h"
#include "sim/text/vocabulary/gpt2_vocabulary.h"
#include "sim/text/vocabulary/llama2c_vocabulary.h"
#include "sim/text/vocabulary/sentencepiece_vocabulary.h"
#include "sim/text/vocabulary/tokenizer_json.h"

namespace octavo::sim::text {
namespace {

using std::filesystem::path;

path only_llama2c_file(const path& folder) {
  std::vector<path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("tok") && name.ends_with(".bin")) files.push_back(entry.path());
  }
  if (files.size() > 1) throw Error(fmt::format("{}: holds several tok*.bin: name one", folder.string()));
  return files.empty() ? path() : files[0];
}

path file_in(const path& folder) {
  for (const char* name : {"tokenizer.json", "tokenizer.model", "vocab.json", "encoder.json", "tokenizer.bin"}) {
    if (exists(folder / name)) return folder / name;
  }
  if (const path found = only_llama2c_file(folder); !found.empty()) return found;
  throw Error(
      fmt::format("{}: holds no tokenizer (tokenizer.json, tokenizer.model, vocab.json with merges.txt, "
                  "encoder.json with vocab.bpe, or tok*.bin)",
                  folder.string()));
}

/// vocab.json and merges.txt do not say how the text is split. GPT-2's class of tokenizers is the one whose way is
/// known here; others that ship such a pair say so in tokenizer_config.json.
void require_gpt2_class(const path& folder) {
  const path file = folder / "tokenizer_config.json";
  if (!exists(file)) return;
  const auto json = nlohmann::json::parse(file::file_bytes(file), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) throw Error(fmt::format("{}: is no JSON object", file.string()));
  const auto found = json.find("tokenizer_class");
  if (found == json.end() || *found == "GPT2Tokenizer" || *found == "GPT2TokenizerFast") return;
  throw Error(
      fmt::format("{}: tokenizer class {} is not supported without a tokenizer.json", file.string(), found->dump()));
}

Vocabulary read(const path& file, std::int64_t vocabulary_size) {
  const std::string name = file.filename().string();
  if (name == "encoder.json") return read_gpt2_vocabulary(file, file.parent_path() / "vocab.bpe");
  if (name == "vocab.json") {
    require_gpt2_class(file.parent_path());
    return read_gpt2_vocabulary(file, file.parent_path() / "merges.txt");
  }
  if (name.ends_with(".json")) return read_tokenizer_json(file);
  if (name.ends_with(".model")) return read_sentencepiece_vocabulary(file);
  if (name.ends_with(".bin")) return read_llama2c_vocabulary(file, vocabulary_size);
  throw Error(
      fmt::format("{}: is no tokenizer that Octavo knows (tokenizer.json, *.model, vocab.json, encoder.json or *.bin)",
                  file.string()));
}

}  // namespace

std::unique_ptr<Tokenizer> open_tokenizer(const path& where, std::int64_t vocabulary_size) try {
  if (!exists(where)) throw Error(fmt::format("{}: no such tokenizer file or folder", where.string()));
  const path file = is_directory(where) ? file_in(where) : where;
  auto tokenizer = make_tokenizer(read(file, vocabulary_size), file.string());
  if (tokenizer->size() > vocabulary_size) {
    throw Error(fmt::format("{}: has {} tokens, but the model only {}: is it another model's tokenizer?", file.string(),
                            tokenizer->size(), vocabulary_size));
  }
  return tokenizer;
} catch (const std::filesystem::filesystem_error& failure) {
  throw Error(fmt::format("{}: {}", where.string(), failure.code().message()));
}

}  // namespace octavo::sim::text
