// What was evaluated, for people and as JSON for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "experiments/store/runs/header.h"
#include "experiments/store/runs/rows/comparison.h"

namespace octavo::experiments {

/// Model, text, recipe and engine.
std::string subject_text(const store::Header& header);
nlohmann::json subject_json(const store::Header& header);

/// The columns of a comparison as members of an object.
nlohmann::json comparison_json(const store::Comparison& comparison, const store::ComparisonColumns& columns);

}  // namespace octavo::experiments
