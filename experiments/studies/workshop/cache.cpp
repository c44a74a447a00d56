// Parts and checkpoints by fingerprint.
#include "experiments/studies/workshop/cache.h"

#include <fmt/format.h>

#include "experiments/store/replacement.h"
#include "experiments/store/runs/part_file.h"
#include "messages/error.h"
#include "sim/model/open/open.h"

namespace octavo::experiments::studies {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kCheckpointEvery = 200;  // steps; the state of a long run, to go on from
constexpr const char* kState = "training.safetensors";

/// What `read` finds in the part, if it is there, whole, and that of the fingerprint.
template <class Read>
auto remembered(const fs::path& part, const std::string& fingerprint, const Read& read)
    -> std::optional<decltype(read())> {
  std::error_code failed;
  if (!fs::exists(part, failed)) return std::nullopt;
  try {
    if (store::part_fingerprint(part) == fingerprint) return read();
  } catch (const Error&) {  // damaged: compute it again
  }
  return std::nullopt;
}

}  // namespace

Cache::Cache(fs::path folder) : folder_(std::move(folder)) {
  std::error_code code;
  fs::create_directories(folder_, code);
  if (code) throw Error(fmt::format("cannot make {}: {}; give another --cache", folder_.string(), code.message()));
  store::remove_leftovers(folder_);
}

fs::path Cache::part(const std::string& fingerprint) const { return folder_ / (fingerprint + ".h5"); }
fs::path Cache::checkpoints(const std::string& fingerprint) const { return folder_ / fingerprint; }

std::optional<store::Run> Cache::evaluation(const std::string& fingerprint) const {
  return remembered(part(fingerprint), fingerprint, [&] { return store::read_part(part(fingerprint), 0); });
}

std::optional<store::TrainingRun> Cache::training(const std::string& fingerprint) const {
  return remembered(part(fingerprint), fingerprint, [&] { return store::read_training_part(part(fingerprint)); });
}

std::shared_ptr<const sim::model::Weights> Cache::model(const std::string& fingerprint) const {
  const auto newest = sim::train::newest_checkpoint(checkpoints(fingerprint));
  return newest ? std::make_shared<sim::model::Weights>(sim::model::open(*newest).weights) : nullptr;
}

void Cache::keep(const std::string& fingerprint, const store::Run& run) const {
  store::write_part(part(fingerprint), fingerprint, 0, run);
}

void Cache::keep(const std::string& fingerprint, const store::TrainingRun& run) const {
  store::write_training_part(part(fingerprint), fingerprint, run);
}

void Cache::train(const std::string& fingerprint, Training& training,
                  const std::function<void(double)>& progress) const {
  const fs::path folder = checkpoints(fingerprint);
  std::optional<fs::path> newest = sim::train::newest_checkpoint(folder);
  std::error_code failed;
  if (newest && !fs::exists(*newest / kState, failed)) {
    fs::remove_all(folder, failed);
    newest.reset();
  }
  if (newest) training.restore(*newest, fingerprint);
  sim::train::CheckpointExtras extras;
  extras.fingerprint = fingerprint;
  while (!training.finished()) {
    training.step();
    if (training.steps_done() % kCheckpointEvery == 0) newest = training.save(folder, extras);
    try {
      progress(training.share());
    } catch (...) {  // an interruption: the next run goes on from here
      training.save(folder, extras);
      throw;
    }
  }
  newest = training.save(folder, extras);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path() != *newest) fs::remove_all(entry.path(), failed);
  keep(fingerprint, training.run());
  fs::remove(*newest / kState, failed);  // the run is over
}

}  // namespace octavo::experiments::studies
