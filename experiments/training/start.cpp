// Opening configuration, recipe, model, tokenizer and text of a run.
#include "experiments/training/start.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "experiments/store/provenance.h"
#include "experiments/store/runs/fingerprint.h"
#include "messages/error.h"
#include "sim/model/initialise.h"
#include "sim/model/open/open.h"
#include "sim/text/labelled_text.h"
#include "sim/text/open/open.h"
#include "sim/text/open/tokenizer_files.h"
#include "sim/text/read_text.h"
#include "sim/text/token_ids.h"
#include "sim/text/vocabulary/byte_vocabulary.h"
#include "sim/text/windows.h"

namespace octavo::experiments {
namespace {

namespace fs = std::filesystem;
using sim::model::ModelFile;

const fs::path& source_of(const TrainFlags& flags) { return flags.text.empty() ? flags.token_ids : flags.text; }

/// Where the run's tokenizer is: the one that the configuration names, else the start's; empty if neither has one.
fs::path tokenizer_of(const TrainConfig& config, const ModelFile* start) {
  if (!config.tokenizer.empty() || start == nullptr) return config.tokenizer;
  return start->vocabulary ? config.start : start->tokenizer_path;
}

std::unique_ptr<sim::text::Tokenizer> open_tokenizer(const fs::path& file, const TrainFlags& flags,
                                                     const TrainConfig& config, std::int64_t vocabulary) {
  const auto special = flags.no_special ? sim::text::SpecialTokens::as_text : sim::text::SpecialTokens::cut_out;
  if (!file.empty()) return sim::text::open_tokenizer(file, vocabulary, special);
  if (!config.start.empty())
    throw Error(fmt::format("model {}: no tokenizer beside it; name one in [data] tokenizer", config.start.string()));
  if (vocabulary < 256)
    throw Error(
        fmt::format("[model] vocabulary is {}; the 256 bytes need 256, or name a tokenizer in [data]", vocabulary));
  return sim::text::make_tokenizer(sim::text::byte_vocabulary(), "bytes");
}

/// What a checkpoint gets, so that a text can be given to it: also where this run is trained on token ids.
std::vector<sim::text::TokenizerFile> tokenizer_files(const fs::path& file, const TrainFlags& flags,
                                                      const TrainConfig& config) {
  if (!file.empty()) return sim::text::tokenizer_files(file);
  if (!config.start.empty() || flags.text.empty()) return {};
  return {{"tokenizer.json", sim::text::byte_tokenizer_json()}};
}

void read_windows(const TrainFlags& flags, const fs::path& tokenizer_file, TrainingStart& start) {
  const sim::model::Config& model = start.task.weights.config;
  const std::int64_t context =
      start.config.context > 0 ? start.config.context : std::min<std::int64_t>(model.context, 256);
  if (context > model.context)
    throw Error(fmt::format("[data] context is {}; the model has {} positions", context, model.context));
  if (start.config.kind == DataKind::labelled && context < 2)
    throw Error("[data] context is 1; a labelled text takes 2 or more");
  std::vector<sim::text::Window>& training = start.task.training;
  const std::string source = source_of(flags).string();
  constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
  if (flags.text.empty()) {
    if (start.config.kind == DataKind::labelled)
      throw Error("[data] kind = \"labelled\" takes --text, not --token-ids");
    training = sim::text::evaluation_windows(sim::text::read_token_ids(flags.token_ids, model.vocabulary), std::nullopt,
                                             context, kAll, source);
  } else {
    const auto tokenizer = open_tokenizer(tokenizer_file, flags, start.config, model.vocabulary);
    if (start.config.kind == DataKind::labelled) {
      if (!flags.field.empty())
        throw Error("--field is for JSON lines; [data] kind = \"labelled\" takes LABEL<TAB>TEXT");
      training = sim::text::label_windows(sim::text::read_labelled_text(flags.text), *tokenizer, context, source);
    } else {
      sim::text::Texts texts = sim::text::read_texts(flags.text, flags.field);
      const auto documents = sim::text::encode_documents(*tokenizer, texts.documents);
      training = sim::text::evaluation_windows(documents, tokenizer->bos(), context, kAll, source);
      texts.notes.added_tokens = sim::text::count_added(*tokenizer, documents);
      start.header.text_notes = sim::text::to_string(texts.notes);
    }
  }
  const auto held_out = static_cast<std::ptrdiff_t>(start.config.validation * static_cast<double>(training.size()));
  start.task.validation.assign(training.end() - held_out, training.end());
  training.resize(training.size() - static_cast<std::size_t>(held_out));
  start.header.context = context;
  start.header.tokens = sim::text::scored(training);
}

/// Everything that the configuration decides of the steps that were done, so not how many are still to come.
std::string identity(TrainConfig config) {
  config.training.steps = 0;
  return to_toml(config);
}

std::string sha256_of_files(const std::vector<sim::text::TokenizerFile>& files) {
  std::vector<std::string> texts;
  for (const sim::text::TokenizerFile& file : files) texts.insert(texts.end(), {file.name, file.bytes});
  return store::sha256_of_texts(texts);
}

void describe(const TrainFlags& flags, const ModelFile* file, const std::string& command, TrainingStart& start) {
  const TrainingTask& task = start.task;
  store::Header& header = start.header;
  header.experiment = "train";
  header.command = command;
  header.seed = task.settings.seed;
  header.recipe_name = flags.recipe.empty() ? "none (fp32)" : flags.recipe.filename().string();
  start.engines = engine_usage(task.weights, task.recipe, header.recipe_name, kTrainingProducts);
  header.engine = engine_text(start.engines);
  header.recipe = scaling::to_toml(task.recipe);
  header.model_name = file != nullptr ? file->name : flags.config.filename().string();
  header.model_bytes = file != nullptr ? file->size : 0;
  header.model_header_sha256 =
      store::sha256(std::as_bytes(std::span(file != nullptr ? file->header : identity(start.config))));
  header.model_family = task.weights.config.family == sim::model::Family::gpt ? "gpt" : "llama";
  header.model_layers = task.weights.config.layers;
  header.model_parameters = sim::model::parameter_count(task.weights);
  header.text_name = source_of(flags).filename().string();
  header.text_bytes = fs::file_size(source_of(flags));
  header.text_sha256 = store::sha256_of_file(source_of(flags));
  header.batch = task.settings.batch;
  header.fingerprint = store::fingerprint(header, {identity(start.config), sha256_of_files(start.extras.tokenizer),
                                                   flags.field, flags.no_special ? "no special" : ""});
  start.extras.fingerprint = header.fingerprint;
}

}  // namespace

TrainingStart open_training_start(const TrainFlags& flags, const std::string& command) {
  if (flags.text.empty() == flags.token_ids.empty())
    throw Error(flags.text.empty() ? "no text; give --text FILE, or --token-ids FILE.npy"
                                   : "--text and --token-ids exclude each other; give one");
  if (flags.text == sim::text::kStandardInput)
    throw Error("--text is -; a training that goes on reads its text again, so give a file");
  if (flags.text.empty() && (!flags.field.empty() || flags.no_special))
    throw Error("--field and --no-special are about a text; token ids have neither");
  TrainingStart start;
  start.config = read_train_config(flags.config);
  TrainingTask& task = start.task;
  task.settings = start.config.training;
  task.record_every = start.config.record_every;
  task.validate_every = start.config.validate_every;
  task.recipe = flags.recipe.empty() ? scaling::uncast(scaling::Baseline::fp32) : scaling::read_recipe(flags.recipe);
  std::optional<ModelFile> file;
  if (start.config.start.empty()) {
    task.weights = sim::model::initialise(start.config.model, task.settings.seed, flags.config.string());
  } else {
    file = sim::model::open(start.config.start);
    task.weights = file->weights;
    start.notes = std::move(file->notes);
  }
  const fs::path tokenizer = tokenizer_of(start.config, file ? &*file : nullptr);
  start.extras.tokenizer = tokenizer_files(tokenizer, flags, start.config);
  read_windows(flags, tokenizer, start);
  describe(flags, file ? &*file : nullptr, command, start);
  return start;
}

}  // namespace octavo::experiments
