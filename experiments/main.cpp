// The program octavo: flags in, results out; the only file that prints and exits.
#include <fmt/format.h>
#include <malloc.h>
#include <omp.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <map>
#include <new>
#include <string>
#include <vector>

#include "experiments/command.h"
#include "experiments/eval.h"
#include "experiments/formats_text.h"
#include "experiments/python.h"
#include "experiments/quantize.h"
#include "experiments/quantize_text.h"
#include "experiments/store/provenance.h"
#include "experiments/store/run_file.h"
#include "experiments/sweep.h"
#include "experiments/text_output.h"
#include "formats/error.h"
#include "formats/instruction_set.h"
#include "formats/nearest.h"
#include "sim/gemm/engines.h"

namespace {

using namespace octavo;
using namespace octavo::experiments;

/// Activations come and go by the megabyte: returning them to the system each time would cost a page fault for every 4
/// KiB.
void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

const CLI::Range kPositive(1, 1'000'000'000);

/// Flags that most commands share.
struct Flags {
  SubjectFlags subject;
  std::filesystem::path recipe;
  std::filesystem::path out;
  int threads = 0;
  bool resume = false;
  bool force = false;
  bool json = false;
  bool quiet = false;
};

void add_output(CLI::App& command, Flags& flags) {
  command.add_option("--threads", flags.threads, "threads (default: one for each core)")->check(CLI::Range(1, 4096));
  command.add_flag("--json", flags.json, "print the result as JSON");
  command.add_flag("--quiet", flags.quiet, "no progress on stderr");
}

void add_subject(CLI::App& command, Flags& flags) {
  command.add_option("--model", flags.subject.model, "Hugging Face folder, .gguf, or llama2.c .bin")->required();
  command.add_option("--text", flags.subject.text, "text file, or .json array of texts");
  command.add_option("--token-ids", flags.subject.token_ids, "token ids in a .npy file, in place of --text");
  command.add_option("--tokenizer", flags.subject.tokenizer, "tokenizer file (default: the model's own)");
  command.add_option("--context", flags.subject.context, "tokens in a window (default: the model's, at most 512)")
      ->check(kPositive);
  command.add_option("--tokens", flags.subject.tokens, "tokens to score at most (default: the whole text)")
      ->check(kPositive);
  command.add_option("--batch", flags.subject.batch, "windows in a micro-batch (default: 1)")->check(kPositive);
  command.add_option("--recipe", flags.recipe, "recipe (.toml)");
}

/// One line on stderr with share done and time left, only on a terminal.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet) : shown_(!quiet && isatty(STDERR_FILENO) != 0) {}
  ~ProgressLine() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
  }
  void operator()(double share, const std::string& what) {
    using Clock = std::chrono::steady_clock;
    if (!shown_) return;
    const Clock::time_point now = Clock::now();
    if (now - last_ < std::chrono::milliseconds(200)) return;
    last_ = now;
    const double passed = std::chrono::duration<double>(now - start_).count();
    const std::string left = share > 0.01 ? fmt::format(", {:.0f} s left", passed / share * (1.0 - share)) : "";
    fmt::print(stderr, "\r\x1b[K{:3.0f} %  {}  {:.0f} s{}", 100.0 * share, what, passed, left);
    std::fflush(stderr);
  }

 private:
  bool shown_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_{};
};

/// Opens what the flags name, under the given recipe, and completes the header.
Subject open_subject_under(const Flags& flags, const scaling::Recipe& recipe, const std::string& recipe_name,
                           const std::string& experiment, const std::string& command) {
  Subject subject = open_subject(flags.subject);
  store::Header& header = subject.header;
  header.experiment = experiment;
  header.command = command;
  header.engine = sim::gemm::make_engine(recipe.rule.gemm)->description();
  header.recipe_name = recipe_name;
  header.recipe = scaling::to_toml(recipe);
  const std::vector<std::string> decisive{header.recipe,
                                          header.engine,
                                          header.model_name,
                                          std::to_string(header.model_bytes),
                                          header.model_header_sha256,
                                          header.text_name,
                                          header.text_sha256,
                                          std::to_string(header.context),
                                          std::to_string(header.batch),
                                          std::to_string(header.tokens),
                                          command,
                                          std::to_string(store::kSchemaVersion),
                                          header.program_version,
                                          header.git_commit};
  header.fingerprint = store::fingerprint(decisive);
  return subject;
}

store::Existing existing(const Flags& flags) {
  if (flags.resume && flags.force) throw Error("--resume and --force exclude each other; give one");
  return flags.force ? store::Existing::force : flags.resume ? store::Existing::resume : store::Existing::refuse;
}

void run_eval(const Flags& flags, const std::string& command) {
  if (!flags.out.empty()) store::check_destination(flags.out, existing(flags));
  const scaling::Recipe recipe =
      flags.recipe.empty() ? scaling::uncast(scaling::Baseline::fp32) : scaling::read_recipe(flags.recipe);
  const std::string name = flags.recipe.empty() ? "none (fp32)" : flags.recipe.filename().string();
  const Subject subject = open_subject_under(flags, recipe, name, "eval", command);
  const TensorAxis axis(subject.weights->config, recipe);
  ProgressLine line(flags.quiet);
  const store::Run run = eval(subject, recipe, axis, !flags.out.empty(),
                              [&](double share, const std::string& what) { line(share, what); });
  if (!flags.out.empty())
    store::write_file(flags.out, existing(flags), subject.header, axis.names(), std::span(&run, 1), {});
  fmt::print("{}", flags.json ? eval_json(run, subject.header) : eval_text(run, subject.header));
}

void run_sweep(const Flags& flags, const SweepFlags& sweep_flags, const std::string& command) {
  if (flags.out.empty()) throw Error("--out is empty; name the file to write, such as runs.h5");
  store::check_destination(flags.out, existing(flags));
  const scaling::Recipe recipe = flags.recipe.empty() ? scaling::default_recipe() : scaling::read_recipe(flags.recipe);
  const std::string name = flags.recipe.empty() ? "default (ocp-amax)" : flags.recipe.filename().string();
  const Subject subject = open_subject_under(flags, recipe, name, "sweep", command);
  store::Parts parts(flags.out, subject.header.fingerprint, existing(flags));
  for (const std::string& note : parts.notes()) fmt::print(stderr, "octavo: note: {}\n", note);
  SweepResult result;
  if (parts.complete()) {
    result = {store::read_sweep_table(flags.out), store::read_interval_table(flags.out)};
  } else {
    ProgressLine line(flags.quiet);
    result = sweep(subject, recipe, sweep_flags, subject.header, parts,
                   [&](double share, const std::string& what) { line(share, what); });
  }
  fmt::print("{}", flags.json ? sweep_json(result, subject.header) : sweep_text(result, subject.header));
  if (!flags.json) fmt::print("\nwritten: {}\n", flags.out.string());
}

void run_formats(const Flags& flags, const std::string& name) {
  if (name.empty())
    fmt::print("{}", flags.json ? catalog_json() : catalog_text());
  else
    fmt::print("{}", flags.json ? format_json(name) : format_text(name));
}

void run_quantize(const Flags& flags, const std::filesystem::path& file, const QuantizeFlags& quantize_flags, bool list,
                  const std::string& command) {
  if (!flags.out.empty()) store::check_destination(flags.out, existing(flags));
  const TensorSource source = open_tensors(file);
  if (list) {
    fmt::print("{}", flags.json ? list_json(*source.tensors) : list_text(*source.tensors));
    return;
  }
  QuantizeResult result;
  {
    ProgressLine line(flags.quiet);
    result =
        quantize(source, quantize_flags, command, [&](double share, const std::string& what) { line(share, what); });
  }
  if (!flags.out.empty())
    store::write_file(flags.out, existing(flags), result.header, result.axis, result.runs, {.quantize = result.rows});
  fmt::print("{}", flags.json ? quantize_json(result) : quantize_text(result));
}

/// "first:last" as two integers within the limits of a bias.
void parse_biases(const std::string& text, SweepFlags& flags) {
  int length = 0;
  if (std::sscanf(text.c_str(), "%d:%d%n", &flags.first_bias, &flags.last_bias, &length) != 2 ||
      static_cast<std::size_t>(length) != text.size() || flags.first_bias > flags.last_bias ||
      flags.first_bias < -scaling::kBiasLimit || flags.last_bias > scaling::kBiasLimit)
    throw Error(
        fmt::format("--bias {}: give FIRST:LAST, integers from -127 to 127 in ascending order, such as -8:8", text));
}

/// What is wrong with the command line, and which help to read. `first`: the first word, or empty.
Error wrong_flags(const CLI::App& app, const CLI::ParseError& error, const std::string& first) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  if (!parsed.empty())
    return Error(
        fmt::format("{}: {}; see octavo {} --help", parsed[0]->get_name(), error.what(), parsed[0]->get_name()));
  if (first.empty() || first.starts_with('-')) return Error(fmt::format("{}; see octavo --help", error.what()));
  std::vector<std::string_view> commands;
  for (const CLI::App* command : app.get_subcommands({})) commands.push_back(command->get_name());
  return Error(fmt::format("unknown command '{}'; did you mean '{}'? see octavo --help", first,
                           formats::nearest(first, commands)));
}

int run(int argc, char** argv) {
  CLI::App app{"Octavo: research and simulation of 8-bit floating point", "octavo"};
  app.require_subcommand(1);
  app.set_version_flag("--version", store::build().program_version + " (" + store::build().git_commit + ")");
  Flags flags;
  SweepFlags sweep_flags;
  std::string bias = "-8:8";

  CLI::App* eval_command = app.add_subcommand("eval", "Loss, perplexity and next-token accuracy");
  eval_command->footer("Example: octavo eval --model stories260K.bin --text stories.json --recipe ocp-amax.toml");
  add_subject(*eval_command, flags);
  eval_command->add_option("--out", flags.out, "run file (.h5) with every tensor's scale distribution");
  eval_command->add_flag("--force", flags.force, "replace an existing file");
  add_output(*eval_command, flags);

  CLI::App* sweep_command = app.add_subcommand("sweep", "Constant scaling biases against AMAX and the baseline");
  sweep_command->footer(
      "Example: octavo sweep --model SmolLM2.gguf --text bible.txt --tokens 16384 --bias -8:8 --out runs.h5");
  add_subject(*sweep_command, flags);
  sweep_command->add_option("--bias", bias, "first and last constant bias (default: -8:8)");
  const std::map<std::string, Scope> scopes{{"model", Scope::model}, {"kind", Scope::kind}, {"layer", Scope::layer}};
  const std::map<std::string, Tested> roles{
      {"weight", Tested::weight}, {"activation", Tested::activation}, {"both", Tested::both}};
  std::string by = "model";
  std::string role = "both";
  sweep_command->add_option("--by", by, "what takes the bias at a time: model, kind or layer")
      ->check(CLI::IsMember(&scopes));
  sweep_command->add_option("--role", role, "which tensors take it: weight, activation or both")
      ->check(CLI::IsMember(&roles));
  std::string record = "target";
  sweep_command->add_option("--record", record, "tensors to record at kind and layer points: target or all")
      ->check(CLI::IsMember({"target", "all"}));
  sweep_command->add_option("--out", flags.out, "run file (.h5)")->required();
  sweep_command->add_flag("--resume", flags.resume, "go on with an interrupted sweep");
  sweep_command->add_flag("--force", flags.force, "start anew and replace what is there");
  add_output(*sweep_command, flags);

  std::string format_name;
  CLI::App* formats_command = app.add_subcommand("formats", "The catalogue of formats; or one format and its codes");
  formats_command->footer("Example: octavo formats e4m3");
  formats_command->add_option("NAME", format_name, "format: a catalogue name or e<E>m<M>[b<bias>][fn|fnuz|ieee|none]");
  formats_command->add_flag("--json", flags.json, "print the result as JSON");

  std::filesystem::path tensor_file;
  QuantizeFlags quantize_flags;
  bool list = false;
  CLI::App* quantize_command = app.add_subcommand("quantize", "What formats and scalings do to a file's tensors");
  quantize_command->footer(
      "Example: octavo quantize model.safetensors --tensor '*.mlp.*' --format e4m3,e5m2 --scaling amax,cscale:-3");
  quantize_command->add_option("FILE", tensor_file, "tensors: .npy, or .safetensors (or the .json index of its shards)")
      ->required();
  quantize_command->add_option("--tensor", quantize_flags.tensor,
                               "which tensors, * matches any characters (default: the only one)");
  quantize_command->add_option("--format", quantize_flags.formats, "formats of at most 8 bits: F[,F2...]")
      ->delimiter(',')
      ->allow_extra_args(false);
  quantize_command->add_option("--scaling", quantize_flags.scalings, "amax, amax:MARGIN or cscale:BIAS: P[,P2...]")
      ->delimiter(',')
      ->allow_extra_args(false);
  quantize_command->add_flag("--list", list, "list the tensors and stop");
  quantize_command->add_option("--out", flags.out, "run file (.h5) with every tensor's histograms");
  quantize_command->add_flag("--force", flags.force, "replace an existing file");
  add_output(*quantize_command, flags);

  CLI::App* plot_command = app.add_subcommand("plot", "Figures from a run file");
  plot_command->footer("Example: octavo plot runs.h5 --out figures");
  plot_command->prefix_command();
  plot_command->set_help_flag();
  CLI::App* report_command = app.add_subcommand("report", "One self-contained page from a run file");
  report_command->footer("Example: octavo report runs.h5 --out report.html");
  report_command->prefix_command();
  report_command->set_help_flag();

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    throw wrong_flags(app, error, argc > 1 ? argv[1] : "");
  }
  if (plot_command->parsed()) run_script("plot.py", plot_command->remaining());
  if (report_command->parsed()) run_script("report.py", report_command->remaining());
  if (flags.threads > 0) omp_set_num_threads(flags.threads);
  keep_freed_memory();
  formats::instruction_set();  // a wrong OCTAVO_ISA is refused before any work
  const std::string command = canonical_command(std::vector<std::string>(argv + 1, argv + argc));
  if (formats_command->parsed()) run_formats(flags, format_name);
  if (quantize_command->parsed()) run_quantize(flags, tensor_file, quantize_flags, list, command);
  if (eval_command->parsed()) run_eval(flags, command);
  if (sweep_command->parsed()) {
    parse_biases(bias, sweep_flags);
    sweep_flags.by = scopes.at(by);
    sweep_flags.role = roles.at(role);
    sweep_flags.record_all = record == "all";
    run_sweep(flags, sweep_flags, command);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string message;
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    message = "out of memory; try a smaller model, --context or --batch";
  } catch (const std::exception& error) {
    message = error.what();
  }
  for (char& c : message)  // one line, whatever a file or its name says
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  fmt::print(stderr, "octavo: {}\n", message);
  return 1;
}
