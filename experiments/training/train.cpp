// Training from flags to files.
#include "experiments/training/train.h"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <utility>

#include "experiments/store/replacement.h"
#include "experiments/store/runs/run_file.h"
#include "experiments/training/start.h"
#include "messages/error.h"

namespace octavo::experiments {
namespace {

namespace fs = std::filesystem;

/// The metrics as lines of JSON that can be followed while the run goes on.
class Log {
 public:
  explicit Log(fs::path path) : path_(std::move(path)), stream_(path_, std::ios::trunc) {}
  void write(const std::string& lines) {
    stream_ << lines << std::flush;
    if (!stream_)
      throw Error(
          fmt::format("cannot write {}: check the free space and the permissions of its folder", path_.string()));
  }

 private:
  fs::path path_;
  std::ofstream stream_;
};

void write_run_file(const fs::path& out, const store::Header& header, const TensorAxis& axis,
                    const EngineUsage& engines, const store::TrainingRun& run) {
  store::remove_leftovers(store::folder_of(out), out.filename().string());
  store::Replacement replacement(out);
  store::RunWriter writer(replacement, header, axis.names());
  writer.add(run);
  store::Tables tables;
  add_to(tables, engines);
  writer.finish(tables);
  replacement.commit();
}

/// What a run is about to do, in a line. The task's weights have moved into the trainer: the header knows them.
std::string work_text(const TrainingStart& start, std::int64_t done) {
  const store::Header& header = start.header;
  const sim::train::Settings& settings = start.config.training;
  const auto tokens =
      static_cast<double>((settings.steps - done) * settings.batch * settings.accumulation * header.context);
  return fmt::format(
      "train: {} ({}, {} decoders, {} parameters) on {}, {} windows of {} a step; recipe {}, engine {}; {} steps from "
      "{}, "
      "about {:.1e} multiply-adds",
      header.model_name, header.model_family, header.model_layers, header.model_parameters, header.text_name,
      settings.batch * settings.accumulation, header.context, header.recipe_name, header.engine, settings.steps, done,
      3.0 * static_cast<double>(header.model_parameters) * tokens);
}

}  // namespace

TrainResult train(const TrainFlags& flags, const std::string& command, const TrainProgress& progress,
                  const TrainNote& note) {
  if (flags.out.empty() || flags.checkpoint.empty()) throw Error("give --out RUN.h5 and --checkpoint FOLDER");
  store::check_destination(flags.out, flags.force    ? store::Existing::force
                                      : flags.resume ? store::Existing::resume
                                                     : store::Existing::refuse);
  const std::optional<fs::path> newest = sim::train::newest_checkpoint(flags.checkpoint);
  if (newest && !flags.resume)
    throw Error(fmt::format("{} exists already; go on from it with --resume, or choose another --checkpoint",
                            newest->string()));
  TrainingStart start = open_training_start(flags, command);
  for (const std::string& text : start.notes) note(text);
  Training training(std::move(start.task));
  if (newest) training.restore(*newest, start.extras.fingerprint);
  if (const std::string change = training.change_of_schedule(); !change.empty() && !training.finished()) note(change);
  Log log(fs::path(flags.out).replace_extension(".jsonl"));
  log.write(training.history().lines());
  TrainResult result;
  result.header = start.header;
  result.checkpoint = newest.value_or(fs::path());
  progress(0.0, work_text(start, training.steps_done()));
  while (!training.finished()) {
    const std::int64_t step = training.steps_done();
    training.step();
    log.write(training.history().lines(step));
    const std::int64_t every = start.config.checkpoint_every;
    if (training.stopped().empty() && (training.finished() || (every > 0 && (step + 1) % every == 0)))
      result.checkpoint = training.save(flags.checkpoint, start.extras);
    try {
      progress(training.share(), fmt::format("step {}, loss {:.4f}", step + 1, training.loss()));
    } catch (...) {  // an interruption: nothing of what is done is lost
      if (training.stopped().empty()) training.save(flags.checkpoint, start.extras);
      throw;
    }
  }
  result.run = training.run();
  result.non_finite = count_non_finite(result.run.tensors, training.axis().names());
  write_run_file(flags.out, start.header, training.axis(), start.engines, result.run);
  if (!training.stopped().empty())
    throw Error(fmt::format("{}; lower the learning rate or scale the loss; {} says so and {}", training.stopped(),
                            flags.out.string(),
                            result.checkpoint.empty() ? "there is no checkpoint yet"
                                                      : "the last checkpoint is " + result.checkpoint.string()));
  return result;
}

}  // namespace octavo::experiments
