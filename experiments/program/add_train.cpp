// octavo train: flags and work.
#include <CLI/CLI.hpp>
#include <memory>

#include "experiments/program/shared_flags.h"
#include "experiments/program/subcommand.h"
#include "experiments/program/terminal.h"
#include "experiments/training/train.h"

namespace octavo::experiments::program {
namespace {

struct Flags {
  TrainFlags train;
  OutputFlags output;
};

Outcome run(const Flags& flags, const std::string& command) {
  ProgressLine line(flags.output.quiet);
  const TrainResult result =
      train(flags.train, command, [&](double share, const std::string& what) { line(share, what); });
  return {flags.output.json ? train_json(result) : train_text(result)};
}

}  // namespace

Subcommand add_train(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("train", "Train or fine-tune a model under a recipe");
  command->footer(
      "Example: octavo train --config train.toml --recipe ocp-amax.toml --text bible.txt --out run.h5 --checkpoint "
      "run");
  TrainFlags& train = flags->train;
  command->add_option("--config", train.config, "model, data, optimizer and output (.toml)")->required();
  command->add_option("--recipe", train.recipe, "recipe (.toml; default: everything in fp32)");
  command->add_option("--text", train.text, "text file, or .json array of texts");
  command->add_option("--token-ids", train.token_ids, "token ids in a .npy file, in place of --text");
  command->add_option("--out", train.out, "run file (.h5); its metrics also go to a .jsonl beside it")->required();
  command->add_option("--checkpoint", train.checkpoint, "folder of checkpoints, which --model takes")->required();
  command->add_flag("--resume", train.resume, "go on from the newest checkpoint");
  command->add_flag("--force", train.force, "replace an existing run file");
  add_output(*command, flags->output);
  return {command, [flags](const std::string& line) { return run(*flags, line); }};
}

}  // namespace octavo::experiments::program
