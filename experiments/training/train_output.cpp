// The end of a training run for people and for programs.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "experiments/training/train.h"

namespace octavo::experiments {

std::string train_text(const TrainResult& result) {
  std::string text =
      fmt::format("{} parameters, {} training tokens\n", result.header.model_parameters, result.header.tokens);
  for (const store::Metric& metric : result.run.metrics)
    if (!metric.value.empty() && (metric.name == "loss" || metric.name == "validation_loss"))
      text += fmt::format("{}: {:.6f} nats a token after {} steps\n", metric.name, metric.value.back(),
                          metric.step.back() + 1);
  return text + non_finite_text(result.non_finite) + fmt::format("model: {}\n", result.checkpoint.string());
}

std::string train_json(const TrainResult& result) {
  nlohmann::ordered_json json{{"parameters", result.header.model_parameters}, {"tokens", result.header.tokens}};
  for (const store::Metric& metric : result.run.metrics)
    if (!metric.value.empty()) json[metric.name] = metric.value.back();
  json["not_finite"] = non_finite_json(result.non_finite);
  json["checkpoint"] = result.checkpoint.string();
  return json.dump(1) + "\n";
}

}  // namespace octavo::experiments
