// Forward passes of SmolLM2-135M beside each other: model/smollm2/<what>, single-threaded, tokens per second.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "machine/threads.h"
#include "scaling/recipe/recipe.h"
#include "sim/model/open/open.h"
#include "sim/model/transformer.h"

namespace {

using namespace octavo;
using sim::model::Batch;
using sim::model::Transformer;
using sim::model::Weights;

/// Where scripts/fetch-smollm2 puts it.
std::filesystem::path model_path() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  const char* const home = std::getenv("HOME");
  const std::filesystem::path folder =
      cache != nullptr ? cache : std::filesystem::path(home != nullptr ? home : ".") / ".cache";
  return folder / "octavo" / "SmolLM2-135M-Instruct.Q4_1.gguf";
}

/// Opened at the first call; null where the model is not in the cache.
std::shared_ptr<const Weights> weights() {
  static const std::shared_ptr<const Weights> opened = [] {
    return std::filesystem::exists(model_path()) ? std::make_shared<Weights>(sim::model::open(model_path()).weights)
                                                 : nullptr;
  }();
  return opened;
}

/// One window of random tokens, and a model under a recipe to run it.
class Subject {
 public:
  Subject(const scaling::Recipe& recipe, std::int64_t tokens) : model_(weights()), scores_(tokens) {
    model_.apply(recipe);
    std::mt19937 random(1);
    std::vector<std::int32_t> ids(static_cast<std::size_t>(tokens));
    for (std::int32_t& id : ids)
      id = static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(model_.config().vocabulary));
    batch_.add(ids);
    logits_.resize(static_cast<std::size_t>(model_.config().vocabulary));
  }

  /// Logits of the last token alone, as before generation.
  double seconds_of_prefill() {
    const double start = now();
    decode();
    model_.logits(x_.data() + (batch_.rows() - 1) * model_.config().width, 1, logits_.data());
    benchmark::DoNotOptimize(logits_.data());
    return now() - start;
  }

  /// A score for every token, as `octavo eval` does.
  double seconds_of_evaluation() {
    const double start = now();
    decode();
    model_.score(x_.data(), batch_.ids, scores_.data());
    benchmark::DoNotOptimize(scores_.data());
    return now() - start;
  }

 private:
  /// Processor time of this thread: other programs disturb it less than the clock on the wall.
  static double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  void decode() {
    model_.embed(batch_, x_);
    model_.decode(batch_, 0, model_.config().layers, x_.data());
  }

  Transformer<float> model_;
  Batch batch_;
  std::vector<float> x_, logits_;
  std::vector<sim::nn::TokenScore> scores_;
};

/// Runs of each benchmark besides the one that Google Benchmark times; the counters take the best of all.
constexpr int kMoreRuns = 4;

bool skipped(benchmark::State& state) {
  machine::use_threads(1);
  if (weights()) return false;
  state.SkipWithError("SmolLM2-135M is not in the cache: scripts/fetch-smollm2 puts it there");
  return true;
}

scaling::Recipe amax_recipe(const char* engine) {
  scaling::Recipe recipe = scaling::default_recipe();
  recipe.rule.gemm.engine = engine;
  return recipe;
}

void prefill(benchmark::State& state) {
  if (skipped(state)) return;
  constexpr std::int64_t kTokens = 512;
  Subject subject(scaling::uncast(scaling::Baseline::fp32), kTokens);
  double best = std::numeric_limits<double>::infinity();
  const auto run = [&] { best = std::min(best, subject.seconds_of_prefill()); };
  for (auto _ : state) run();
  for (int i = 0; i < kMoreRuns; ++i) run();
  state.counters["best_tokens/s"] = kTokens / best;
}

/// An evaluation under FP8-AMAX, in turns with one without casts, so that a busy machine slows both alike: `of_fp32` is
/// the ratio of their best times.
void amax(benchmark::State& state, const char* engine, std::int64_t tokens) {
  if (skipped(state)) return;
  Subject subject(amax_recipe(engine), tokens);
  Subject fp32(scaling::uncast(scaling::Baseline::fp32), tokens);
  double best = std::numeric_limits<double>::infinity();
  double best_fp32 = best;
  const auto run = [&] { best = std::min(best, subject.seconds_of_evaluation()); };
  const auto run_fp32 = [&] { best_fp32 = std::min(best_fp32, fp32.seconds_of_evaluation()); };
  for (auto _ : state) run();
  run_fp32();
  for (int i = 0; i < kMoreRuns; ++i) {
    run();
    run_fp32();
  }
  state.counters["best_tokens/s"] = static_cast<double>(tokens) / best;
  state.counters["of_fp32"] = best / best_fp32;
}

BENCHMARK(prefill)->Name("model/smollm2/prefill")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(amax, fp32, "fp32", 512)->Name("model/smollm2/amax")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(amax, hopper_wgmma, "hopper-wgmma", 128)
    ->Name("model/smollm2/hopper-wgmma")
    ->Unit(benchmark::kMillisecond);

}  // namespace
