// What was evaluated, and what one evaluation found, for people and as JSON for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "experiments/evaluation/non_finite.h"
#include "experiments/store/runs/header.h"
#include "experiments/store/runs/run.h"

namespace octavo::experiments {

/// Model, text, recipe and engine.
std::string subject_text(const store::Header& header);
nlohmann::json subject_json(const store::Header& header);

std::string eval_text(const store::Run& run, const NonFinite& not_finite, const store::Header& header);
std::string eval_json(const store::Run& run, const NonFinite& not_finite, const store::Header& header);

}  // namespace octavo::experiments
