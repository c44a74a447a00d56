// The experiments of octavo run.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "experiments/program/subcommand.h"

namespace octavo::experiments::program {

/// `add` declares the experiment's flags on the subcommand run.
struct NamedExperiment {
  std::string_view name;
  std::string_view about;    ///< a paper's section, or the question
  std::string_view minutes;  ///< at the default size on two cores
  std::function<Subcommand(CLI::App& run)> add;
};

const std::vector<NamedExperiment>& named_experiments();

}  // namespace octavo::experiments::program
