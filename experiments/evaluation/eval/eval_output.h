// What an evaluation found, for people and as JSON for programs.
#pragma once

#include <string>

#include "experiments/evaluation/engine_usage.h"
#include "experiments/evaluation/eval/compare_recipes.h"
#include "experiments/store/runs/header.h"

namespace octavo::experiments {

std::string eval_text(const EvalResult& result, const store::Header& header);

/// Of one model under one recipe, or none, its numbers are the object's own; `runs` holds all of them.
std::string eval_json(const EvalResult& result, const std::vector<EngineUsage>& engines, const store::Header& header);

}  // namespace octavo::experiments
