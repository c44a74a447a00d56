// A header and a run, printed.
#include "experiments/evaluation/subject_output.h"

#include <fmt/format.h>

#include "experiments/printed/json.h"

namespace octavo::experiments {

std::string subject_text(const store::Header& header) {
  std::string engines = header.engine;  // a line each
  for (std::size_t at; (at = engines.find(" | ")) != std::string::npos;) engines.replace(at, 3, "\n");
  const std::string notes = header.text_notes.empty() ? "" : fmt::format("text: {}\n", header.text_notes);
  return fmt::format(
      "model {} ({}, {} decoders, {} parameters), text {}, {} tokens in windows of {}, recipe {}\n{}{}\n",
      header.model_name, header.model_family, header.model_layers, header.model_parameters, header.text_name,
      header.tokens, header.context, header.recipe_name, notes, engines);
}

nlohmann::json subject_json(const store::Header& header) {
  nlohmann::json json = {{"model", header.model_name}, {"text", header.text_name},     {"tokens", header.tokens},
                         {"context", header.context},  {"recipe", header.recipe_name}, {"engine", header.engine}};
  if (!header.text_notes.empty()) json["text_notes"] = header.text_notes;
  return json;
}

nlohmann::json comparison_json(const store::Comparison& comparison, const store::ComparisonColumns& columns) {
  nlohmann::json json;
  store::visit_comparison(comparison, columns, [&]<class T>(const char* column, const T& value) {
    if constexpr (std::is_floating_point_v<T>)
      json[column] = printed::number(value);
    else if constexpr (std::is_enum_v<T>)
      json[column] = word(value);
    else
      json[column] = value == store::kNoEstimate ? nlohmann::json(nullptr) : nlohmann::json(value);
  });
  return json;
}

}  // namespace octavo::experiments
