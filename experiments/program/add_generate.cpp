// octavo generate: flags and work.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <memory>

#include "experiments/evaluation/generation.h"
#include "experiments/installed/boxed_models.h"
#include "experiments/program/shared_flags.h"
#include "experiments/program/subcommand.h"
#include "experiments/program/terminal.h"
#include "messages/error.h"
#include "sim/text/plain_text.h"

namespace octavo::experiments::program {
namespace {

struct Flags {
  GenerationFlags generation;
  std::filesystem::path recipe;
  OutputFlags output;
};

Outcome run(Flags flags) {
  if (std::isnan(flags.generation.sampling.temperature))  // which CLI::Range lets pass
    throw Error("--temperature is not a number; give 0 to 1000");
  sim::text::TextNotes notes;
  if (!flags.generation.prompt.empty())
    flags.generation.prompt = sim::text::decode_text(flags.generation.prompt, "--prompt", notes);
  SubjectFlags subject;
  subject.model = flags.generation.model;
  flags.generation.model = with_box(subject).model;
  const scaling::Recipe recipe =
      flags.recipe.empty() ? scaling::uncast(scaling::Baseline::fp32) : scaling::read_recipe(flags.recipe);
  const Generation generation = generate(flags.generation, recipe);
  for (const std::string& text : generation.notes) note(text);
  if (generation.end == sim::model::Continuation::End::context)
    note(fmt::format("the text ends after {} of {} tokens: the model's {} positions are taken", generation.tokens,
                     flags.generation.tokens, generation.context));
  const std::string name = flags.recipe.empty() ? "none (fp32)" : flags.recipe.filename().string();
  return {flags.output.json ? generation_json(generation, name) : generation_text(generation)};
}

}  // namespace

Subcommand add_generate(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  GenerationFlags& generation = flags->generation;
  CLI::App* command = app.add_subcommand("generate", "Continues a text under a recipe");
  command->footer("Example: octavo generate --prompt \"In the beginning\" --tokens 100 --recipe ocp-amax");
  command->add_option(
      "--model", generation.model,
      "Hugging Face folder, .gguf, llama2.c .bin, or octavo-llama and octavo-gpt, which come with Octavo "
      "(default: octavo-llama)");
  command->add_option("--tokenizer", generation.tokenizer, "tokenizer file (default: the model's own)");
  command->add_option("--prompt", generation.prompt, "text to continue (default: none, a text from its beginning)");
  command->add_option("--tokens", generation.tokens, "new tokens at most (default: 200)")
      ->check(CLI::Range(1, kLargestCount));
  command
      ->add_option("--temperature", generation.sampling.temperature,
                   "0: always the likeliest token (default); above: draw from softmax(logits / temperature)")
      ->check(CLI::Range(0.0, 1000.0));
  command->add_option("--seed", generation.sampling.seed, "of the random numbers that tokens are drawn by (default: 0)")
      ->check(CLI::Range(0, kLargestCount));
  add_recipe(*command, flags->recipe, "no casts, fp32");
  add_output(*command, flags->output);
  return {command, [flags](const std::string&) { return run(*flags); }};
}

}  // namespace octavo::experiments::program
