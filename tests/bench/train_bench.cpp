// Steps of a Llama with 3 million parameters beside each other: train/llama-3M/<what>, single-threaded.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "experiments/evaluation/recorder.h"
#include "machine/threads.h"
#include "scaling/recipe/recipe.h"
#include "sim/model/initialise.h"
#include "sim/nn/random.h"
#include "sim/train/trainer.h"

namespace {

using namespace octavo;

constexpr std::int64_t kBatch = 8;
constexpr std::int64_t kContext = 256;

/// 2,968,832 parameters.
sim::model::Config llama() {
  sim::model::Config config;
  config.layers = 4;
  config.width = 256;
  config.heads = 8;
  config.kv_heads = 4;
  config.head_width = 32;
  config.hidden = 688;
  config.vocabulary = 256;
  config.context = kContext;
  return config;
}

std::vector<sim::text::Window> windows() {
  std::vector<sim::text::Window> result(kBatch);
  std::uint64_t counter = 0;
  for (sim::text::Window& window : result)
    for (std::int64_t t = 0; t < kContext; ++t) {
      window.input.push_back(static_cast<std::int32_t>(sim::nn::hash(1, counter++) % 256));
      window.target.push_back(static_cast<std::int32_t>(sim::nn::hash(1, counter) % 256));
    }
  return result;
}

/// A run under a recipe, whose steps can be timed.
class Run {
 public:
  explicit Run(const scaling::Recipe& recipe)
      : axis_(llama(), recipe, experiments::kTrainingRoles),
        trainer_(sim::model::initialise(llama(), 1, "llama-3M"), {.batch = kBatch}, recipe, windows()) {
    trainer_.step();  // buffers are there from now on
  }

  /// Forward, backward and update; `recorded`: every cast as a run file has it.
  void time_step(bool recorded = false) {
    std::optional<experiments::Recorder> recorder;
    if (recorded) recorder.emplace(axis_, "*");
    const double start = now();
    benchmark::DoNotOptimize(trainer_.step(recorder ? &*recorder : nullptr).loss);
    if (recorded) benchmark::DoNotOptimize(recorder->records().data());
    best_ = std::min(best_, now() - start);
  }
  double best() const { return best_; }

 private:
  /// Processor time of this thread: other programs disturb it less than the clock on the wall.
  static double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  experiments::TensorAxis axis_;
  sim::train::Trainer trainer_;
  double best_ = std::numeric_limits<double>::infinity();
};

/// Steps of each run besides the one that Google Benchmark times, in turns, so that a busy machine slows both alike.
constexpr int kMoreSteps = 5;

void step_fp32(benchmark::State& state) {
  machine::use_threads(1);
  Run run(scaling::uncast(scaling::Baseline::fp32));
  for (auto _ : state) run.time_step();
  for (int i = 0; i < kMoreSteps; ++i) run.time_step();
  state.counters["best_tokens/s"] = kBatch * kContext / run.best();
}

/// `of_fp32`: the best step under FP8-AMAX on an engine as a multiple of the best one without casts.
void step_amax(benchmark::State& state, const char* engine) {
  machine::use_threads(1);
  scaling::Recipe recipe = scaling::default_recipe();
  recipe.rule.gemm.engine = engine;
  Run amax(recipe);
  Run fp32(scaling::uncast(scaling::Baseline::fp32));
  for (auto _ : state) amax.time_step();
  fp32.time_step();
  for (int i = 0; i < kMoreSteps; ++i) {
    amax.time_step();
    fp32.time_step();
  }
  state.counters["best_tokens/s"] = kBatch * kContext / amax.best();
  state.counters["of_fp32"] = amax.best() / fp32.best();
}

/// `of_training`: what recording every tenth step adds to the time of ten steps under FP8-AMAX.
void recording(benchmark::State& state) {
  machine::use_threads(1);
  Run recorded(scaling::default_recipe());
  Run plain(scaling::default_recipe());
  for (auto _ : state) recorded.time_step(true);
  plain.time_step();
  for (int i = 0; i < kMoreSteps; ++i) {
    recorded.time_step(true);
    plain.time_step();
  }
  state.counters["of_training"] = (recorded.best() - plain.best()) / (10.0 * plain.best());
}

BENCHMARK(step_fp32)->Name("train/llama-3M/fp32")->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK_CAPTURE(step_amax, fp32, "fp32")->Name("train/llama-3M/amax")->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK_CAPTURE(step_amax, hopper_wgmma, "hopper-wgmma")
    ->Name("train/llama-3M/hopper-wgmma")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);
BENCHMARK(recording)->Name("train/llama-3M/recording")->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
