// octavo compare: flags and work.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>
#include <optional>

#include "experiments/capture/operands.h"
#include "experiments/comparison/run_files.h"
#include "experiments/program/shared_flags.h"
#include "experiments/program/subcommand.h"
#include "experiments/program/terminal.h"
#include "experiments/replay/compare.h"
#include "experiments/replay/compare_output.h"
#include "experiments/replay/fit/library_fit.h"
#include "experiments/replay/fit/row_fit.h"
#include "experiments/store/cases/agreement.h"
#include "messages/error.h"
#include "messages/printable.h"
#include "sim/gemm/catalog/engines.h"

namespace octavo::experiments::program {
namespace {

struct Flags {
  std::vector<std::filesystem::path> files;
  replay::CompareFlags compare;
  std::vector<std::string> families;
  std::filesystem::path against;
  bool operands_from_seed = false;
  bool explain = false;
  FileFlags file;
  OutputFlags output;
};

/// True for a case of one of the families asked for: its id begins with the family's.
bool asked_for(const Flags& flags, const std::string& id) {
  return flags.families.empty() ||
         std::ranges::any_of(flags.families, [&](const std::string& family) { return id.starts_with(family + "."); });
}

/// Words from files, in one line and without quotes.
std::string shown(const std::string& text) {
  const std::string quoted = messages::printable(text);
  return quoted.substr(1, quoted.size() - 2);
}

/// The text form, which begins with #, has no place for what was refused.
std::vector<store::Refused> refused_in(const std::filesystem::path& path) {
  const bool text = std::ifstream(path).peek() == '#';
  return text ? std::vector<store::Refused>{} : store::read_refused(path);
}

/// Results of two recordings, bit for bit, whatever an emulator says: a case and what the other file has of it.
Outcome compare_recordings(const Flags& flags) {
  const std::vector<store::Case> others = store::read_cases(flags.against);
  std::string text;
  std::int64_t results = 0;
  std::int64_t mismatches = 0;
  std::int64_t missing = 0;
  for (const std::filesystem::path& file : flags.files) {
    for (const store::Case& one : store::read_cases(file)) {
      if (!asked_for(flags, one.id)) continue;
      const auto other = std::ranges::find(others, one.id, &store::Case::id);
      const bool found = other != others.end();
      if (!found) ++missing;
      const store::Agreement both = found ? store::agreement(one, *other) : store::Agreement{};
      results += both.results;
      mismatches += both.mismatches;
      text += fmt::format("{}: {}\n", shown(one.id),
                          found ? fmt::format("{} results, {} mismatches", both.results, both.mismatches)
                                : "not in " + flags.against.filename().string());
    }
  }
  text += missing > 0 ? fmt::format("{} cases are not in {}\n", missing, flags.against.string()) : "";
  text += fmt::format("compared {} results: {} mismatches\n", results, mismatches);
  return {text, missing + mismatches == 0 ? 0 : 1};
}

/// Cases of several files are told apart by the file where their ids are equal.
void add_distinct(std::vector<store::Case>& all, store::Case one, const std::filesystem::path& file) {
  const auto taken = [&](const std::string& id) {
    return std::ranges::any_of(all, [&](const store::Case& other) { return other.id == id; });
  };
  if (taken(one.id)) one.id = file.stem().string() + "." + one.id;
  if (taken(one.id)) throw Error(fmt::format("two cases are called {}; rename a file or give them apart", one.id));
  all.push_back(std::move(one));
}

/// Two run files, or nothing if the first is none.
std::optional<Outcome> compare_runs(const Flags& flags) {
  if (!is_run_file(flags.files.front())) return std::nullopt;
  std::vector<std::filesystem::path> files = flags.files;
  if (!flags.against.empty()) files.push_back(flags.against);
  if (files.size() != 2)
    throw Error(fmt::format("{} is a run file (schema 'octavo-runs'); give the one to compare it with, and no more",
                            files.front().string()));
  const RunFilesComparison comparison = compare_run_files(files[0], files[1]);
  return Outcome{flags.output.json ? run_files_json(comparison) : run_files_text(comparison),
                 comparison.same() ? 0 : 1};
}

Outcome run(const Flags& flags) {
  if (auto runs = compare_runs(flags)) return *std::move(runs);
  if (!flags.against.empty()) return compare_recordings(flags);
  if (!flags.file.out.empty()) store::check_destination(flags.file.out, flags.file.existing());
  if (!flags.compare.engine.empty()) sim::gemm::make_engine({flags.compare.engine});  // refuses an unknown name
  std::vector<replay::CaseComparison> comparisons;
  std::vector<store::Case> kept;
  std::vector<store::Refused> refused;
  capture::Operands operands;
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
        if (!asked_for(flags, cases[n].id)) continue;
        line((static_cast<double>(i) + done) / static_cast<double>(flags.files.size()), cases[n].id);
        if (flags.operands_from_seed) operands.restore(cases[n]);
        comparisons.push_back(replay::compare_case(name, cases[n], flags.compare));
        text += replay::comparison_text(comparisons.back(), flags.explain);
        if (flags.explain) {
          fit.add(cases[n]);
          library_fit.add(cases[n]);
        }
        if (!flags.file.out.empty()) add_distinct(kept, std::move(cases[n]), flags.files[i]);
      }
      for (store::Refused& one : refused_in(flags.files[i])) {
        if (!asked_for(flags, one.id)) continue;
        text += fmt::format("{}, {}: refused: {}\n", shown(one.id), shown(one.operation), shown(one.words));
        if (std::ranges::find(refused, one.id, &store::Refused::id) == refused.end()) refused.push_back(std::move(one));
      }
    }
  }
  if (!flags.file.out.empty()) store::write_cases(flags.file.out, kept, refused);
  const bool equal =
      std::ranges::all_of(comparisons, [](const replay::CaseComparison& one) { return one.mismatches == 0; });
  return {flags.output.json ? replay::comparison_json(comparisons)
                            : text + fit.text() + library_fit.text() + replay::total_text(comparisons),
          equal ? 0 : 1};
}

}  // namespace

Subcommand add_compare(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command =
      app.add_subcommand("compare", "Recorded GPU results against the emulator's, or two run files, bit for bit");
  command->footer(
      "Exit status 1 on a difference.\n"
      "Example: octavo compare cases.h5 --explain\n"
      "Example: octavo compare recorded/*.txt --out cases.h5\n"
      "Example: octavo compare monday.h5 tuesday.h5");
  command
      ->add_option("FILE", flags->files,
                   "recorded cases (CASES.h5, or the text form of recorded results); or two run files")
      ->required();
  command->add_option("--family", flags->families, "only cases of these families (default: all)");
  command->add_flag("--operands-from-seed", flags->operands_from_seed,
                    "make the operands of answers alone again from family, seed and count, and check their digests");
  command->add_option("--against", flags->against,
                      "compare with what this recording has of the same cases, not with the emulator");
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
