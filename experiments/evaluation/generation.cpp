// From a prompt to its continuation.
#include "experiments/evaluation/generation.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "experiments/evaluation/engine_usage.h"
#include "experiments/evaluation/subject.h"
#include "messages/error.h"
#include "sim/model/open/open.h"

namespace octavo::experiments {
namespace {

std::string name(sim::model::Continuation::End end) {
  switch (end) {
    case sim::model::Continuation::End::count:
      return "tokens";
    case sim::model::Continuation::End::context:
      return "context";
    case sim::model::Continuation::End::stop:
      return "end of text";
  }
  return "";
}

}  // namespace

Generation generate(const GenerationFlags& flags, const scaling::Recipe& recipe) {
  sim::model::ModelFile file = sim::model::open(flags.model);
  const sim::model::Config config = file.weights.config;
  const auto tokenizer = open_model_tokenizer(flags.model, flags.tokenizer, std::move(file.vocabulary),
                                              file.tokenizer_path, config.vocabulary);
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> stops;
  if (const auto bos = tokenizer->bos()) {
    ids.push_back(*bos);
    stops.push_back(*bos);
  }
  if (const auto eos = tokenizer->eos()) stops.push_back(*eos);
  const std::vector<std::int32_t> prompt = tokenizer->encode(flags.prompt);
  ids.insert(ids.end(), prompt.begin(), prompt.end());
  if (ids.empty())
    throw Error(
        fmt::format("model {}: its tokenizer puts no token before a text, so that there is nothing to continue; "
                    "give --prompt TEXT",
                    file.name));
  Generation result;
  result.model = file.name;
  result.notes = std::move(file.notes);
  result.engine = engine_text(engine_usage(file.weights, recipe, ""));
  result.prompt = flags.prompt;
  result.prompt_tokens = static_cast<std::int64_t>(ids.size());
  result.context = config.context;
  result.sampling = flags.sampling;
  sim::model::Transformer<float> model(std::make_shared<sim::model::Weights>(std::move(file.weights)));
  model.apply(recipe, false);
  const sim::model::Continuation continuation =
      sim::model::generate(model, std::move(ids), flags.tokens, flags.sampling, stops);
  result.text = tokenizer->decode(continuation.ids);
  result.tokens = static_cast<std::int64_t>(continuation.ids.size()) - result.prompt_tokens;
  result.end = continuation.end;
  return result;
}

std::string generation_text(const Generation& generation) { return generation.text + "\n"; }

std::string generation_json(const Generation& generation, const std::string& recipe_name) {
  const nlohmann::json json = {{"model", generation.model},
                               {"recipe", recipe_name},
                               {"engine", generation.engine},
                               {"prompt", generation.prompt},
                               {"prompt_tokens", generation.prompt_tokens},
                               {"temperature", generation.sampling.temperature},
                               {"seed", generation.sampling.seed},
                               {"text", generation.text},
                               {"tokens", generation.tokens},
                               {"ended_by", name(generation.end)}};
  // A text may end within a character, JSON must not.
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace octavo::experiments
