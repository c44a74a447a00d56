// Opens a model whichever way it is stored.
#include "sim/model/open/open.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "messages/error.h"
#include "messages/printable.h"
#include "sim/file/mapped_file.h"
#include "sim/model/open/gguf_model.h"
#include "sim/model/open/huggingface.h"
#include "sim/model/open/llama2c.h"
#include "sim/model/open/steps.h"
#include "sim/text/open/open.h"
#include "sim/text/vocabulary/gguf_vocabulary.h"

namespace octavo::sim::model {
namespace {

namespace fs = std::filesystem;

std::string base_name(const fs::path& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

/// A tokenizer of another kind than llama2.c's in the model's folder; empty if there is none.
fs::path find_other_tokenizer(const fs::path& model) {
  fs::path found = text::find_tokenizer(model.parent_path());
  return found.extension() == ".bin" ? fs::path() : found;
}

/// The only tok*.bin in the model's folder, else a tokenizer of another kind; empty if there is more than one tok*.bin.
fs::path find_llama2c_tokenizer(const fs::path& model) {
  fs::path found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::absolute(model).parent_path(), error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("tok") || !name.ends_with(".bin") || entry.path().filename() == model.filename()) continue;
    if (!found.empty()) return {};
    found = model.parent_path() / name;
  }
  if (found.empty()) return find_other_tokenizer(model);
  return found;
}

std::string string_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

ModelFile open_llama2c(const fs::path& path) {
  const file::FileBytes file = file::map_file(path);
  return {.name = base_name(path),
          .size = file.bytes.size(),
          .header = string_of(file.bytes.first(std::min(file.bytes.size(), llama2c_header_size))),
          .weights = read_llama2c(file),
          .vocabulary = std::nullopt,
          .tokenizer_path = find_llama2c_tokenizer(path),
          .notes = {}};
}

ModelFile open_gguf(const fs::path& path) {
  const file::FileBytes bytes = file::map_file(path);
  const file::Gguf file(bytes);
  Notes notes;
  Weights weights = gguf_weights(file, notes);
  std::optional<text::Vocabulary> vocabulary = text::gguf_vocabulary(file);
  const fs::path beside = vocabulary ? fs::path() : find_other_tokenizer(path);
  return {.name = base_name(path),
          .size = bytes.bytes.size(),
          .header = string_of(file.header()),
          .weights = std::move(weights),
          .vocabulary = std::move(vocabulary),
          .tokenizer_path = beside,
          .notes = std::move(notes)};
}

ModelFile open_folder(const fs::path& path) {
  const file::FileBytes config = file::map_file(path / "config.json");
  const std::string config_text = string_of(config.bytes);
  const file::Safetensors tensors = open_huggingface_tensors(path);
  Notes notes;
  Weights weights = huggingface_weights(config_text, config.name, tensors, notes);
  return {.name = base_name(path),
          .size = tensors.size(),
          .header = config_text + tensors.header(),
          .weights = std::move(weights),
          .vocabulary = std::nullopt,
          .tokenizer_path = find_huggingface_tokenizer(path),
          .notes = std::move(notes)};
}

/// The newest of `steps` that opens; what was copied in part does not. Throws the newest one's Error if none does.
ModelFile open_newest(const fs::path& path, const std::vector<fs::path>& steps) {
  Notes left_out;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) try {
      ModelFile model = open_folder(*step);
      model.notes.insert(model.notes.begin(), fmt::format("{} holds checkpoints; opened {}, the newest{}",
                                                          messages::printable(path.string()), model.name,
                                                          left_out.empty() ? "" : " that is whole"));
      model.notes.insert(model.notes.begin(), left_out.begin(), left_out.end());
      return model;
    } catch (const Error& error) {
      if (step + 1 == steps.rend() && left_out.empty()) throw;
      left_out.push_back(fmt::format("left out {}: {}", messages::printable(step->string()), error.what()));
    }
  throw Error(fmt::format("{}: none of its {} checkpoints opens; {}", messages::printable(path.string()), steps.size(),
                          left_out.front()));
}

ModelFile open_directory(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path / "config.json", error))
    if (const std::vector<fs::path> steps = steps_in(path); !steps.empty()) return open_newest(path, steps);
  return open_folder(path);
}

}  // namespace

ModelFile open(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status))
    throw Error(fmt::format("cannot open model {}: no such file or folder; check the path",
                            messages::printable(path.string())));
  if (fs::is_directory(status)) return open_directory(path);
  if (path.extension() == ".gguf") return open_gguf(path);
  if (path.extension() == ".bin") return open_llama2c(path);
  throw Error(fmt::format("cannot open model {}: it is neither a Hugging Face folder nor a .gguf or llama2.c .bin file",
                          messages::printable(path.string())));
}

}  // namespace octavo::sim::model
