// Results as text for people and as JSON for programs; main.cpp prints them.
#pragma once

#include <string>

#include "experiments/evaluation/sweep.h"
#include "experiments/store/runs/header.h"
#include "experiments/store/runs/run.h"

namespace octavo::experiments {

std::string sweep_text(const SweepResult& result, const store::Header& header);
std::string sweep_json(const SweepResult& result, const store::Header& header);

std::string eval_text(const store::Run& run, const store::Header& header);
std::string eval_json(const store::Run& run, const store::Header& header);

}  // namespace octavo::experiments
