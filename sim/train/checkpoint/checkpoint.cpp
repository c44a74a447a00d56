// Writing, finding and reading checkpoints.
#include "sim/train/checkpoint/checkpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "messages/error.h"
#include "sim/file/safetensors/safetensors_writer.h"
#include "sim/model/open/huggingface.h"
#include "sim/model/open/open.h"
#include "sim/model/open/steps.h"
#include "sim/train/checkpoint/state_file.h"

namespace octavo::sim::train {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTraining = "training.safetensors";

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw Error(fmt::format("cannot write checkpoint {}: {}; check the free space and the permissions of its folder",
                          path.string(), why));
}

void sync_folder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);  // some file systems cannot, and then nothing more can be done
  close(descriptor);
}

void write_files(const fs::path& to, const Trainer& trainer, const CheckpointExtras& extras) {
  const model::HuggingfaceModel model = model::to_huggingface(*trainer.parameters().weights);
  std::vector<file::StoredTensor> tensors;
  for (const model::NamedTensor& tensor : model.tensors)
    tensors.push_back({tensor.name, tensor.tensor.shape, tensor.tensor.values});
  file::write_bytes(to / "config.json", model.config);
  file::write_safetensors(to / "model.safetensors", tensors, {{"format", "pt"}});
  for (const text::TokenizerFile& tokenizer : extras.tokenizer) file::write_bytes(to / tokenizer.name, tokenizer.bytes);
  write_state(to / kTraining, trainer.state(), trainer.parameters().slots, extras.arrays, extras.fingerprint);
}

}  // namespace

fs::path write_checkpoint(const fs::path& folder, const Trainer& trainer, const CheckpointExtras& extras, int keep) {
  const fs::path target = folder / model::step_name(trainer.state().step);
  fs::path temporary = target;
  temporary += ".tmp";
  std::error_code code;
  fs::remove_all(temporary, code);  // of a killed process
  if (!fs::create_directories(temporary, code)) fail(target, code ? code.message() : "the folder is in use");
  try {
    write_files(temporary, trainer, extras);
  } catch (const Error&) {
    fs::remove_all(temporary, code);
    throw;
  }
  sync_folder(temporary);
  fs::remove_all(target, code);  // the same step of a run that was resumed from before it
  if (std::rename(temporary.c_str(), target.c_str()) != 0) fail(target, std::strerror(errno));
  sync_folder(folder);
  const std::vector<fs::path> all = model::steps_in(folder);
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep) < all.size(); ++i)
    if (all[i] != target) fs::remove_all(all[i], code);
  return target;
}

std::optional<fs::path> newest_checkpoint(const fs::path& folder) {
  const std::vector<fs::path> all = model::steps_in(folder);
  return all.empty() ? std::nullopt : std::optional(all.back());
}

std::map<std::string, std::vector<double>> read_checkpoint(const fs::path& checkpoint, Trainer& trainer,
                                                           const std::string& fingerprint) {
  const fs::path path = checkpoint / kTraining;
  const file::Safetensors stored = file::Safetensors::open(path);
  if (fingerprint_of(stored) != fingerprint)
    throw Error(fmt::format(
        "{}: it is of another run (configuration, recipe, text, model or version of the program differ); resume with "
        "what it was made with, or start anew in another folder",
        path.string()));
  const model::ModelFile model = model::open(checkpoint);
  if (!(model.weights.config == trainer.parameters().weights->config))
    throw Error(
        fmt::format("{}: the model has another shape than the run's; resume with the configuration that it "
                    "was made with",
                    checkpoint.string()));
  StateFile file = read_state(stored, trainer.parameters().slots);
  trainer.restore(*copy_parameters(model.weights).values, std::move(file.state));
  return std::move(file.arrays);
}

}  // namespace octavo::sim::train
