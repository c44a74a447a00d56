// octavo run with one of the studies: flags and work.
#include "experiments/program/run/add_run_study.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <map>
#include <memory>

#include "experiments/printed/rows.h"
#include "experiments/program/shared_flags.h"
#include "experiments/program/terminal.h"
#include "experiments/store/runs/fingerprint.h"
#include "experiments/store/runs/run_file.h"
#include "experiments/studies/recipes.h"
#include "experiments/studies/study_output.h"
#include "messages/error.h"

namespace octavo::experiments::program {
namespace {

namespace fs = std::filesystem;
using studies::Scale;

struct Flags {
  studies::WorkshopFlags workshop;
  std::string family = "gpt";
  std::string scale = "default";
  FileFlags file;
  OutputFlags output;
};

const std::map<std::string, Scale>& scales() {
  static const std::map<std::string, Scale> scales{
      {"default", Scale::standard}, {"paper", Scale::paper}, {"tiny", Scale::tiny}};
  return scales;
}

store::Header header_of(const studies::Study& study, const studies::Workshop& workshop, const std::string& command) {
  store::Header header;
  header.experiment = study.name;
  header.command = command;
  header.seed = workshop.seeds().size();
  header.engine = "fp32";
  header.model_family = workshop.family();
  for (const studies::ModelSize& size : workshop.sizes())
    header.model_name += (header.model_name.empty() ? "" : ", ") + size.name;
  header.text_name = workshop.corpus().name;
  header.text_sha256 = workshop.corpus().sha256;
  header.recipe_name = "FP8-AMAX of arXiv 2309.17224 and others";
  header.recipe = scaling::to_toml(studies::fp8_amax());
  header.fingerprint = store::fingerprint(header, {command});
  return header;
}

void write_text(const fs::path& path, const std::string& text) {
  store::Replacement replacement(path);
  std::ofstream file(replacement.temporary(), std::ios::binary);
  file << text;
  file.close();
  if (!file) throw Error(fmt::format("cannot write {}; check the free space of its folder", path.string()));
  replacement.commit();
}

/// OUT.h5, and beside it OUT.<table>.csv and OUT.<table>.md for each table.
void write(const fs::path& out, const FileFlags& file, const store::Header& header, const store::Tables& tables) {
  tables.visit([&](const std::string& name, const auto& rows) {
    write_text(fs::path(out).replace_extension(name + ".csv"), printed::rows_csv(rows));
    write_text(fs::path(out).replace_extension(name + ".md"), printed::rows_markdown(rows));
  });
  store::write_file(out, file.existing(), header, {}, {}, tables);
}

Outcome run_study(const studies::Study& study, const Flags& flags, const std::string& command) {
  const fs::path& out = flags.file.out;
  if (out.empty()) throw Error("--out is empty; name the file to write, such as study.h5");
  store::check_destination(out, flags.file.existing());
  studies::WorkshopFlags what = flags.workshop;
  what.family = flags.family == "gpt" ? sim::model::Family::gpt : sim::model::Family::llama;
  what.scale = scales().at(flags.scale);
  if (what.cache.empty()) what.cache = store::folder_of(out) / "octavo-cache";
  store::Tables tables;
  store::Header header;
  {
    ProgressLine line(flags.output.quiet,
                      {Again::same_command, [&] { return "what is finished, in " + what.cache.string(); }});
    line.announce(fmt::format("{} ({}): scale {}, family {}, {} seeds", study.name, study.item, flags.scale,
                              flags.family, what.seeds));
    studies::Workshop workshop(what, [&](double share, const std::string& doing) { line(share, doing); });
    tables = study.tables(workshop);
    header = header_of(study, workshop, command);
  }
  write(out, flags.file, header, tables);
  if (flags.output.json) return {studies::study_json(tables)};
  return {studies::study_text(tables) + fmt::format("\nwritten: {}\n", out.string())};
}

}  // namespace

Subcommand add_run_study(CLI::App& run, const studies::Study& study) {
  const auto flags = std::make_shared<Flags>();
  const std::string name(study.name);
  CLI::App* command = run.add_subcommand(name, fmt::format("{}: {}", study.item, study.about));
  command->footer(
      fmt::format("Killed, it goes on where it stopped: what is finished lies in the cache, for other studies, too.\n"
                  "Example: octavo run {} --out {}.h5",
                  name, name));
  command->add_option("--scale", flags->scale, "default: the two smallest sizes; paper: all four; tiny: to try it out")
      ->check(CLI::IsMember(&scales()));
  command->add_option("--family", flags->family, "gpt or llama (default: gpt)")->check(CLI::IsMember({"gpt", "llama"}));
  command->add_option("--seeds", flags->workshop.seeds, "seeds 1 to this (default: 3)")->check(CLI::Range(1, 1000));
  command->add_option("--text", flags->workshop.text,
                      "text to pretrain on (default: the King James Bible of Debian's bible-kjv)");
  command->add_option("--labelled", flags->workshop.labelled,
                      "lines LABEL<TAB>SENTENCE to classify (default: its verses, by part of the book)");
  command->add_option("--cache", flags->workshop.cache,
                      "folder of finished trainings and evaluations (default: octavo-cache beside --out)");
  command->add_option("--out", flags->file.out, "run file (.h5); its tables also go to .csv and .md beside it")
      ->required();
  add_force(*command, flags->file);
  add_output(*command, flags->output);
  return {command, [flags, &study](const std::string& line) { return run_study(study, *flags, line); }};
}

}  // namespace octavo::experiments::program
