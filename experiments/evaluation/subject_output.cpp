// A header and a run, printed.
#include "experiments/evaluation/subject_output.h"

#include <fmt/format.h>

#include "experiments/printed/json.h"
#include "sim/nn/elementwise/elementary.h"

namespace octavo::experiments {

std::string subject_text(const store::Header& header) {
  const std::string notes = header.text_notes.empty() ? "" : fmt::format("text: {}\n", header.text_notes);
  return fmt::format(
      "model {} ({}, {} decoders, {} parameters), text {}, {} tokens in windows of {}, recipe {}\n{}{}\n",
      header.model_name, header.model_family, header.model_layers, header.model_parameters, header.text_name,
      header.tokens, header.context, header.recipe_name, notes, header.engine);
}

nlohmann::json subject_json(const store::Header& header) {
  nlohmann::json json = {{"model", header.model_name}, {"text", header.text_name},     {"tokens", header.tokens},
                         {"context", header.context},  {"recipe", header.recipe_name}, {"engine", header.engine}};
  if (!header.text_notes.empty()) json["text_notes"] = header.text_notes;
  return json;
}

std::string eval_text(const store::Run& run, const NonFinite& not_finite, const store::Header& header) {
  return subject_text(header) +
         fmt::format("loss {:.6f} nats/token, perplexity {:.6g}, accuracy {:.4f}\n", run.loss, sim::nn::exp(run.loss),
                     run.accuracy) +
         non_finite_text(not_finite);
}

std::string eval_json(const store::Run& run, const NonFinite& not_finite, const store::Header& header) {
  nlohmann::json json = subject_json(header);
  json["loss"] = printed::number(run.loss);
  json["perplexity"] = printed::number(sim::nn::exp(run.loss));
  json["accuracy"] = printed::number(run.accuracy);
  json["not_finite"] = non_finite_json(not_finite);
  return printed::dumped(json);
}

}  // namespace octavo::experiments
