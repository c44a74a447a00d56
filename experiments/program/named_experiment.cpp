// The list of named experiments.
#include "experiments/program/named_experiment.h"

#include <array>

namespace octavo::experiments::program {

// One function an experiment, in a file of its own name.
Subcommand add_run_accumulation(CLI::App& run);
Subcommand add_run_formats(CLI::App& run);

std::span<const NamedExperiment> named_experiments() {
  static constexpr std::array kExperiments{
      NamedExperiment{"accumulation", "2309.17224; DeepSeek-V3 section 3.3.2", "1; with a model 5",
                      add_run_accumulation},
      NamedExperiment{"formats", "2309.17224, SNR by format and scale", "0.2; with a model 2", add_run_formats}};
  return kExperiments;
}

}  // namespace octavo::experiments::program
