// The list of named experiments.
#include "experiments/program/run/named_experiment.h"

#include "experiments/program/run/add_run_study.h"
#include "experiments/studies/study.h"

namespace octavo::experiments::program {

// One function an experiment, in a file of its own name.
Subcommand add_run_accumulation(CLI::App& run);
Subcommand add_run_formats(CLI::App& run);

const std::vector<NamedExperiment>& named_experiments() {
  static const std::vector<NamedExperiment> experiments = [] {
    std::vector<NamedExperiment> all{
        {"accumulation", "2309.17224; DeepSeek-V3 section 3.3.2", "1; with a model 5", add_run_accumulation},
        {"formats", "2309.17224, SNR by format and scale", "0.2; with a model 2", add_run_formats}};
    for (const studies::Study& study : studies::studies())
      all.push_back(
          {study.name, study.item, study.minutes, [&study](CLI::App& run) { return add_run_study(run, study); }});
    return all;
  }();
  return experiments;
}

}  // namespace octavo::experiments::program
