// octavo capture: flags and work.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cuda/gpu.h"
#include "experiments/capture/capture.h"
#include "experiments/capture/operands.h"
#include "experiments/capture/self_test/self_test.h"
#include "experiments/printed/text_table.h"
#include "experiments/program/shared_flags.h"
#include "experiments/program/subcommand.h"
#include "experiments/program/terminal.h"
#include "messages/error.h"

namespace octavo::experiments::program {
namespace {

constexpr std::int64_t kSelfTestCount = 40;

struct Flags {
  FileFlags file;
  std::vector<std::string> families;
  std::int64_t count = 0;
  std::uint64_t seed = 1;
  bool small = false;
  bool answers_only = false;
  bool self_test = false;
  bool emulated = false;
  bool list = false;
  bool quiet = false;
};

std::string list_text() {
  std::vector<std::vector<std::string>> rows;
  for (const capture::Family& family : capture::families())
    rows.push_back({std::string(family.id), std::string(family.settles)});
  return printed::text_table({{"family", true}, {"settles", true, printed::Fit::wraps}}, rows);
}

std::string counts_text(const std::vector<capture::FamilyCount>& counts) {
  std::string text;
  for (const capture::FamilyCount& one : counts) {
    text += fmt::format("{:<4} {:>4} cases {:>9} results{}\n", one.id, one.cases, one.results,
                        one.skipped > 0 ? fmt::format(", {} not on this GPU", one.skipped) : "");
    for (const std::string& refused : one.refused) text += fmt::format("     {}\n", refused);
    for (const std::string& unwritten : one.unwritten) text += fmt::format("     not recorded: {}\n", unwritten);
  }
  return text;
}

/// Before any work, so that it is known even of a capture that is killed.
void say_what_runs(const capture::Executor& executor, bool emulated) {
  fmt::print("{}\n", executor.source());
  if (!emulated) {
    const std::string library = cuda::cublaslt_file();
    fmt::print("cuBLASLt: {}\n", library.empty() ? "none; add the folder of libcublasLt to LD_LIBRARY_PATH" : library);
  }
  std::fflush(stdout);
}

Outcome run(const Flags& flags) {
  if (flags.list) return {list_text(), 0};
  if (flags.small && flags.count > 0) throw Error("capture: --small and --count exclude each other; give one");
  ProgressLine line(flags.quiet,
                    {flags.file.out.empty() ? Again::from_start : Again::with_resume,
                     [&] { return flags.file.out.empty() ? "" : "the cases so far, in " + flags.file.out.string(); }});
  const auto progress = [&](double share, const std::string& what) { line(share, what); };
  if (flags.self_test) {
    const capture::SelfTest test =
        capture::self_test(flags.seed, flags.count > 0 ? flags.count : kSelfTestCount, progress);
    return {capture::to_text(test), test.passed() ? 0 : 1};
  }
  const std::vector<capture::Family> chosen = capture::families(flags.families);
  const std::unique_ptr<capture::Executor> gpu =
      flags.emulated ? capture::make_emulator() : capture::make_gpu_executor();
  if (flags.file.out.empty()) throw Error("capture: give --out CASES.h5, or --selftest");
  if (flags.file.existing() != store::Existing::resume) store::check_destination(flags.file.out, flags.file.existing());
  const capture::Request request{
      .seed = flags.seed,
      .count = flags.count > 0 ? flags.count : (flags.small ? capture::kSmallCount : capture::kDefaultCount),
      .target = gpu->target()};
  if (flags.answers_only && request.count > capture::kLargestRemadeCount)
    throw Error(
        fmt::format("capture: answers alone are recorded for a --count of at most {}", capture::kLargestRemadeCount));
  say_what_runs(*gpu, flags.emulated);
  const capture::Keep keep = flags.answers_only ? capture::Keep::answers : capture::Keep::operands_and_answers;
  std::string text =
      counts_text(capture::capture(*gpu, chosen, request, flags.file.out, flags.file.resume, progress, keep));
  const bool library = std::ranges::any_of(chosen, [](const capture::Family& f) { return f.id == "L1"; });
  for (const char* operation : {"cublaslt.fp8.fast_accum", "cublaslt.fp8.split_accum"}) {
    if (!library) break;
    try {
      text += fmt::format("{} sums 512 terms as {}\n", operation, capture::library_tree(*gpu, operation, 512));
    } catch (const Error& error) {
      text += fmt::format("{}: {}\n", operation, error.what());
    }
  }
  text += fmt::format("compare with: octavo compare {}{}\n", flags.file.out.string(),
                      flags.answers_only ? " --operands-from-seed" : "");
  return {text, 0};
}

}  // namespace

Subcommand add_capture(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("capture", "Record what this machine's GPU computes, to compare anywhere");
  command->footer(
      "Example: octavo capture --out cases.h5 && octavo compare cases.h5\n"
      "Example: octavo capture --selftest");
  command->add_option("--out", flags->file.out, "write the cases into this file");
  command->add_option("--family", flags->families, "only these families (default: all; see --list)");
  command->add_option("--count", flags->count, "most results of a case (default: 2500, with --small 30)")
      ->check(CLI::Range(1, kLargestCount));
  command->add_option("--seed", flags->seed, "of random operands (default: 1)");
  command->add_flag("--small", flags->small, "a set of about 5 MB instead of about 100 MB");
  command->add_flag("--answers-only", flags->answers_only,
                    "without operands but with their digests: octavo compare --operands-from-seed makes them again");
  command->add_flag("--resume", flags->file.resume, "keep the cases that the file holds already");
  command->add_flag("--list", flags->list, "the families and what each is there to settle");
  command->add_flag("--selftest", flags->self_test,
                    "no GPU: the emulator stands in for it, planted errors must be found");
  command->add_flag("--emulated", flags->emulated,
                    "record what the emulator computes in place of a GPU (the file says so)");
  command->add_flag("--quiet", flags->quiet, "no progress on stderr");
  add_force(*command, flags->file);
  return {command, [flags](const std::string&) { return run(*flags); }};
}

}  // namespace octavo::experiments::program
