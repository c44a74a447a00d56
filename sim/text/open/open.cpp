// The tokenizer of a file or folder: see open.h.
#include "sim/text/open/open.h"

#include <fmt/format.h>

#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "messages/error.h"
#include "messages/printable.h"
#include "sim/file/gguf/gguf.h"
#include "sim/text/vocabulary/gguf_vocabulary.h"
#include "sim/text/vocabulary/gpt2_vocabulary.h"
#include "sim/text/vocabulary/llama2c_vocabulary.h"
#include "sim/text/vocabulary/sentencepiece_vocabulary.h"
#include "sim/text/vocabulary/tokenizer_config.h"
#include "sim/text/vocabulary/tokenizer_json.h"

namespace octavo::sim::text {
namespace {

using std::filesystem::path;

std::vector<path> llama2c_files(const path& folder) {
  std::vector<path> files;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(folder.empty() ? "." : folder, failure)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("tok") && name.ends_with(".bin")) files.push_back(folder / name);
  }
  return files;
}

bool is_there(const path& file) {
  std::error_code failure;
  return std::filesystem::exists(file, failure);
}

path file_in(const path& folder) {
  if (const path found = find_tokenizer(folder); !found.empty()) return found;
  if (llama2c_files(folder).size() > 1)
    throw Error(fmt::format("{}: holds several tok*.bin: name one", folder.string()));
  throw Error(
      fmt::format("{}: holds no tokenizer (tokenizer.json, tokenizer.model, vocab.json with merges.txt, "
                  "encoder.json with vocab.bpe, tokenizer.gguf, or tok*.bin)",
                  folder.string()));
}

/// vocab.json and merges.txt do not say how the text is split. GPT-2's class of tokenizers is the one whose way is
/// known here; others that ship such a pair say so in tokenizer_config.json.
void require_gpt2_class(const path& folder) {
  const std::string found = tokenizer_class(folder);
  if (found.empty() || found == "GPT2Tokenizer" || found == "GPT2TokenizerFast") return;
  throw Error(fmt::format("{}: tokenizer class {} is not supported without a tokenizer.json",
                          (folder / "tokenizer_config.json").string(), messages::printable(found)));
}

Vocabulary read_gguf(const path& file) {
  std::optional<Vocabulary> vocabulary = gguf_vocabulary(file::Gguf(file::map_file(file)));
  if (!vocabulary) throw Error(fmt::format("{}: the file has no tokenizer in it", file.string()));
  return *std::move(vocabulary);
}

Vocabulary read_tokens(const path& file, std::int64_t model_size) {
  const std::string name = file.filename().string();
  if (name == "encoder.json") return read_gpt2_vocabulary(file, file.parent_path() / "vocab.bpe");
  if (name == "vocab.json") {
    require_gpt2_class(file.parent_path());
    return read_gpt2_vocabulary(file, file.parent_path() / "merges.txt");
  }
  if (name.ends_with(".json")) return read_tokenizer_json(file);
  if (name.ends_with(".model")) return read_sentencepiece_vocabulary(file);
  if (name.ends_with(".bin")) return read_llama2c_vocabulary(file, model_size);
  if (name.ends_with(".gguf")) return read_gguf(file);
  throw Error(fmt::format(
      "{}: is no tokenizer that Octavo knows (tokenizer.json, *.model, vocab.json, encoder.json, *.bin or *.gguf)",
      file.string()));
}

/// With what files beside it say: under Hugging Face's own names only, others stand for themselves.
Vocabulary read(const path& file, std::int64_t model_size) {
  Vocabulary vocabulary = read_tokens(file, model_size);
  const std::string name = file.filename().string();
  if (name == "tokenizer.json") {
    read_tokenizer_config(file.parent_path(), /*adds_tokens=*/false, vocabulary);
  } else if (name == "tokenizer.model" || name == "vocab.json") {
    read_tokenizer_config(file.parent_path(), /*adds_tokens=*/true, vocabulary);
  }
  return vocabulary;
}

}  // namespace

std::filesystem::path find_tokenizer(const path& folder) {
  if (is_there(folder / "tokenizer.json")) return folder / "tokenizer.json";
  if (is_there(folder / "tokenizer.model")) return folder / "tokenizer.model";
  if (is_there(folder / "vocab.json") && is_there(folder / "merges.txt")) return folder / "vocab.json";
  if (is_there(folder / "encoder.json") && is_there(folder / "vocab.bpe")) return folder / "encoder.json";
  if (is_there(folder / "tokenizer.bin")) return folder / "tokenizer.bin";
  if (is_there(folder / "tokenizer.gguf")) return folder / "tokenizer.gguf";
  const std::vector<path> files = llama2c_files(folder);
  return files.size() == 1 ? files.front() : path();
}

std::unique_ptr<Tokenizer> open_tokenizer(const path& where, std::int64_t model_size, SpecialTokens special) try {
  if (!exists(where)) throw Error(fmt::format("{}: no such tokenizer file or folder", where.string()));
  const path file = is_directory(where) ? file_in(where) : where;
  Vocabulary vocabulary = read(file, model_size);
  vocabulary.model_size = model_size;
  vocabulary.special_as_text = special == SpecialTokens::as_text;
  return make_tokenizer(std::move(vocabulary), file.string());
} catch (const std::filesystem::filesystem_error& failure) {
  throw Error(fmt::format("{}: {}", where.string(), failure.code().message()));
}

}  // namespace octavo::sim::text
