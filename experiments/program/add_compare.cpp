// octavo compare: flags and work.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "experiments/program/shared_flags.h"
#include "experiments/program/subcommand.h"
#include "experiments/program/terminal.h"
#include "experiments/replay/compare.h"
#include "experiments/replay/compare_text.h"
#include "experiments/replay/fit/library_fit.h"
#include "experiments/replay/fit/row_fit.h"
#include "messages/error.h"
#include "sim/gemm/catalog/engines.h"

namespace octavo::experiments::program {
namespace {

struct Flags {
  std::vector<std::filesystem::path> files;
  replay::CompareFlags compare;
  bool explain = false;
  FileFlags file;
  OutputFlags output;
};

/// Cases of several files are told apart by the file where their ids are equal.
void add_distinct(std::vector<store::Case>& all, store::Case one, const std::filesystem::path& file) {
  const auto taken = [&](const std::string& id) {
    return std::ranges::any_of(all, [&](const store::Case& other) { return other.id == id; });
  };
  if (taken(one.id)) one.id = file.stem().string() + "." + one.id;
  if (taken(one.id)) throw Error(fmt::format("two cases are called {}; rename a file or give them apart", one.id));
  all.push_back(std::move(one));
}

Outcome run(const Flags& flags) {
  if (!flags.file.out.empty()) store::check_destination(flags.file.out, flags.file.existing());
  if (!flags.compare.engine.empty()) sim::gemm::make_engine({flags.compare.engine});  // refuses an unknown name
  std::vector<replay::CaseComparison> comparisons;
  std::vector<store::Case> kept;
  std::string text;
  replay::RowFit fit;
  replay::LibraryFit library_fit;
  {
    ProgressLine line(flags.output.quiet);
    for (std::size_t i = 0; i < flags.files.size(); ++i) {
      const std::string name = flags.files[i].filename().string();
      std::vector<store::Case> cases = replay::read_case_file(flags.files[i]);
      for (std::size_t n = 0; n < cases.size(); ++n) {
        const double done = static_cast<double>(n) / static_cast<double>(cases.size());
        line((static_cast<double>(i) + done) / static_cast<double>(flags.files.size()), cases[n].id);
        comparisons.push_back(replay::compare_case(name, cases[n], flags.compare));
        text += replay::comparison_text(comparisons.back(), flags.explain);
        if (flags.explain) {
          fit.add(cases[n]);
          library_fit.add(cases[n]);
        }
        if (!flags.file.out.empty()) add_distinct(kept, std::move(cases[n]), flags.files[i]);
      }
    }
  }
  if (!flags.file.out.empty()) store::write_cases(flags.file.out, kept);
  const bool equal =
      std::ranges::all_of(comparisons, [](const replay::CaseComparison& one) { return one.mismatches == 0; });
  return {flags.output.json ? replay::comparison_json(comparisons)
                            : text + fit.text() + library_fit.text() + replay::total_text(comparisons),
          equal ? 0 : 1};
}

}  // namespace

Subcommand add_compare(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("compare", "Recorded GPU results against the emulator's, bit for bit");
  command->footer(
      "Exit status 1 on a difference.\n"
      "Example: octavo compare cases.h5 --explain\n"
      "Example: octavo compare recorded/*.txt --out cases.h5");
  command->add_option("FILE", flags->files, "recorded cases: CASES.h5, or the text form of recorded results")
      ->required();
  command->add_option("--engine", flags->compare.engine,
                      "compute products on this engine, not as the recorded operation says");
  command->add_flag("--explain", flags->explain,
                    "every term of the differences shown, and which parameters of the model fit all results");
  command->add_option("--differences", flags->compare.differences, "differences to show of each case (default: 3)")
      ->check(CLI::Range(0, kLargestCount));
  command->add_option("--out", flags->file.out, "write the cases of all files into one CASES.h5");
  add_force(*command, flags->file);
  add_output(*command, flags->output);
  return {command, [flags](const std::string&) { return run(*flags); }};
}

}  // namespace octavo::experiments::program
