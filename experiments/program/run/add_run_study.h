// A study as a subcommand of octavo run.
#pragma once

#include "experiments/program/subcommand.h"
#include "experiments/studies/study.h"

namespace octavo::experiments::program {

/// `study` must outlive the command.
Subcommand add_run_study(CLI::App& run, const studies::Study& study);

}  // namespace octavo::experiments::program
