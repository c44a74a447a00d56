// Declaring the shared flags, and opening what they name.
#include "experiments/program/shared_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "experiments/evaluation/engine_usage.h"
#include "experiments/installed/boxed_models.h"
#include "experiments/program/terminal.h"
#include "experiments/recipes/shipped.h"
#include "experiments/store/runs/fingerprint.h"
#include "machine/threads.h"
#include "messages/error.h"

namespace octavo::experiments::program {

void add_output(CLI::App& command, OutputFlags& flags) {
  command
      .add_option_function<int>(
          "--threads", [](int threads) { machine::use_threads(threads); }, "threads (default: one for each core)")
      ->check(CLI::Range(1, 4096));
  command.add_flag("--json", flags.json, "print the result as JSON");
  command.add_flag("--quiet", flags.quiet, "no progress on stderr");
}

void add_force(CLI::App& command, FileFlags& flags) {
  command.add_flag("--force", flags.force, "replace an existing file");
}

store::Existing FileFlags::existing() const {
  if (resume && force) throw Error("--resume and --force exclude each other; give one");
  return force ? store::Existing::force : resume ? store::Existing::resume : store::Existing::refuse;
}

void add_subject(CLI::App& command, SubjectFlags& subject, bool box) {
  const CLI::Range positive(1, kLargestCount);
  command.add_option(
      "--model", subject.model,
      std::string("Hugging Face folder, .gguf, llama2.c .bin, or octavo-llama and octavo-gpt, which come "
                  "with Octavo") +
          (box ? " (default: octavo-llama)" : ""));
  command.add_option("--text", subject.text,
                     std::string("text file, .jsonl or .json of texts, each also .gz; - is standard input") +
                         (box ? " (default: the Book of Esther, which comes with Octavo)" : ""));
  command.add_option("--field", subject.field,
                     "the texts' member in JSON lines (default: text); any file is JSON lines then");
  command.add_flag("--no-special", subject.no_special, "special tokens written in the text are plain text");
  command.add_option("--token-ids", subject.token_ids, "token ids in a .npy file, in place of --text");
  command.add_option("--tokenizer", subject.tokenizer, "tokenizer file (default: the model's own)");
  command.add_option("--context", subject.context, "tokens in a window (default: the model's, at most 512)")
      ->check(positive);
  command.add_option("--tokens", subject.tokens, "tokens to score at most (default: the whole text)")->check(positive);
  command.add_option("--batch", subject.batch, "windows in a micro-batch (default: 1)")->check(positive);
}

void add_evaluation(CLI::App& command, EvaluationFlags& flags, bool box, const std::string& recipe_otherwise) {
  add_subject(command, flags.subject, box);
  add_recipe(command, flags.recipe, recipe_otherwise);
}

void add_recipe(CLI::App& command, std::filesystem::path& recipe, const std::string& otherwise) {
  command
      .add_option(
          "--recipe", recipe,
          "recipe: a .toml file, or one that octavo recipes lists, such as ocp-amax (default: " + otherwise + ")")
      ->transform([](const std::string& name) { return recipe_path(name); });
}

Subject open_subject_under(const SubjectFlags& flags, const scaling::Recipe& recipe, const std::string& recipe_name,
                           const std::string& experiment, const std::string& command) {
  Subject subject = open_subject(with_box(flags));
  for (const std::string& text : subject.notes) note(text);
  store::Header& header = subject.header;
  header.experiment = experiment;
  header.command = command;
  header.engine = engine_text(engine_usage(*subject.weights, recipe, recipe_name));
  header.recipe_name = recipe_name;
  header.recipe = scaling::to_toml(recipe);
  header.fingerprint = store::fingerprint(header, {command});
  return subject;
}

std::string work_text(const Subject& subject, const scaling::Recipe& recipe, std::int64_t passes,
                      const std::string& what) {
  const store::Header& header = subject.header;
  const sim::model::Config& config = subject.weights->config;
  double products = static_cast<double>(config.vocabulary) * static_cast<double>(config.width);
  for (const auto& decoder : subject.weights->decoders)
    for (const sim::model::Kind kind : sim::model::kinds(config.family))
      products += static_cast<double>(sim::file::element_count(decoder[kind].weight.shape).value());
  std::string engines = recipe.rule.gemm.engine;
  for (const scaling::Override& change : recipe.overrides)
    if (change.gemm.engine && engines.find(*change.gemm.engine) == engines.npos)
      engines += " and " + *change.gemm.engine;
  return fmt::format(
      "{}: {} ({}, {} decoders, {} parameters), {} tokens of {} in windows of {}; recipe {}, engine {}; {} {}, {:.1e} "
      "multiply-adds",
      header.experiment, header.model_name, header.model_family, header.model_layers, header.model_parameters,
      subject.tokens, header.text_name, subject.context, header.recipe_name, engines, passes, what,
      products * static_cast<double>(subject.tokens) * static_cast<double>(passes));
}

}  // namespace octavo::experiments::program
