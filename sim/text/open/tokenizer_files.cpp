// The files of a tokenizer, by what its own is called.
#include "sim/text/open/tokenizer_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "messages/error.h"
#include "sim/file/file_bytes.h"
#include "sim/file/gguf/gguf.h"
#include "sim/text/open/open.h"

namespace octavo::sim::text {
namespace {

using std::filesystem::path;

/// In the order in which find_tokenizer() looks: what is before a tokenizer's own file would take its place.
constexpr std::array<std::string_view, 7> kForms{"tokenizer.json", "tokenizer.model", "vocab.json",   "merges.txt",
                                                 "encoder.json",   "vocab.bpe",       "tokenizer.bin"};
constexpr std::array<std::string_view, 4> kAbout{"tokenizer_config.json", "special_tokens_map.json",
                                                 "added_tokens.json", "chat_template.jinja"};

/// What a tokenizer of this kind is called where it has no name of its own.
std::string usual_name(const path& file) { return "tokenizer" + file.extension().string(); }

}  // namespace

std::vector<TokenizerFile> tokenizer_files(const path& where) {
  std::error_code failed;
  const path own = std::filesystem::is_directory(where, failed) ? find_tokenizer(where) : where;
  if (own.empty()) throw Error(fmt::format("{}: holds no tokenizer", where.string()));
  if (own.extension() == ".gguf") return {{usual_name(own), file::Gguf(file::map_file(own)).without_tensors()}};
  const auto* const form = std::find(kForms.begin(), kForms.end(), own.filename().string());
  if (form == kForms.end()) return {{usual_name(own), file::file_bytes(own)}};
  std::vector<TokenizerFile> files;
  const auto add = [&](std::string_view name) {
    const path file = own.parent_path() / name;
    if (std::filesystem::exists(file, failed)) files.push_back({std::string(name), file::file_bytes(file)});
  };
  std::for_each(form, kForms.end(), add);
  std::for_each(kAbout.begin(), kAbout.end(), add);
  return files;
}

}  // namespace octavo::sim::text
