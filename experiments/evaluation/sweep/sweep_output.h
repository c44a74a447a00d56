// What a sweep found, for people and as JSON for programs; main.cpp prints it.
#pragma once

#include <string>

#include "experiments/evaluation/sweep/sweep_tables.h"
#include "experiments/store/runs/header.h"

namespace octavo::experiments {

std::string sweep_text(const SweepResult& result, const store::Header& header);
std::string sweep_json(const SweepResult& result, const store::Header& header);

}  // namespace octavo::experiments
