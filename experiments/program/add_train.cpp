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
  ProgressLine line(flags.output.quiet,
                    {Again::with_resume, [&] { return "checkpoints, in " + flags.train.checkpoint.string(); }});
  const auto progress = [&](double share, const std::string& what) {
    if (share == 0.0)
      line.announce(what);
    else
      line(share, what);
  };
  const TrainResult result = train(flags.train, command, progress, note);
  return {flags.output.json ? train_json(result) : train_text(result)};
}

}  // namespace

Subcommand add_train(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("train", "Train or fine-tune a model under a recipe");
  command->footer(
      "Example: octavo train --config train.toml --recipe ocp-amax --text bible.txt --out run.h5 --checkpoint "
      "run");
  TrainFlags& train = flags->train;
  command->add_option("--config", train.config, "model, data, optimizer and output (.toml)")->required();
  add_recipe(*command, train.recipe, "no casts, fp32");
  command->add_option("--text", train.text, "text file, .jsonl or .json of texts, each also .gz");
  command->add_option("--field", train.field,
                      "the texts' member in JSON lines (default: text); any file is JSON lines then");
  command->add_flag("--no-special", train.no_special, "special tokens written in the text are plain text");
  command->add_option("--token-ids", train.token_ids, "token ids in a .npy file, in place of --text");
  command->add_option("--out", train.out, "run file (.h5); its metrics also go to a .jsonl beside it")->required();
  command->add_option("--checkpoint", train.checkpoint, "folder of checkpoints; --model takes it, or one of them")
      ->required();
  command->add_flag("--resume", train.resume, "go on from the newest checkpoint; [training] steps may be raised");
  command->add_flag("--force", train.force, "replace an existing run file");
  add_output(*command, flags->output);
  return {command, [flags](const std::string& line) { return run(*flags, line); }};
}

}  // namespace octavo::experiments::program
