// Training runs: the same bits for any threads and instruction set, resumption, learning, skipping and divergence.
#include "sim/train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "machine/instruction_set.h"
#include "machine/threads.h"
#include "tests/refusal.h"
#include "tests/sim/train/tiny_run.h"

namespace octavo::sim::train {
namespace {

using model::Family;
using testing::HasSubstr;

/// Restores what a test changes.
struct Machine {
  machine::InstructionSet before = machine::instruction_set();
  ~Machine() {
    machine::use_instruction_set(before);
    machine::use_threads(0);
  }
};

class Bits : public testing::TestWithParam<std::tuple<Family, const char*>> {};

TEST_P(Bits, AreTheSameForAnyThreadsAndInstructionSet) {
  const Machine machine;
  std::vector<float> first;
  std::vector<double> losses;
  // Three threads share the four sequences, five the heads of one after another.
  for (const auto& [set, threads] :
       {std::pair{machine.before, 1}, std::pair{machine.before, 3}, std::pair{machine.before, 5},
        std::pair{machine::InstructionSet::avx2, 2}, std::pair{machine::InstructionSet::scalar, 2}}) {
    if (!machine::available(set)) continue;
    // The scalar tensor core takes minutes for this; tests/sim/gemm holds it against the others.
    if (set == machine::InstructionSet::scalar && std::string(std::get<1>(GetParam())) == "hopper") continue;
    machine::use_instruction_set(set);
    machine::use_threads(threads);
    Trainer trainer = small_trainer(std::get<0>(GetParam()), std::get<1>(GetParam()));
    std::vector<double> found;
    for (int step = 0; step < 2; ++step) found.push_back(trainer.step().loss);
    if (first.empty()) {
      first = *trainer.parameters().values;
      losses = found;
    }
    EXPECT_EQ(found, losses);
    EXPECT_TRUE(*trainer.parameters().values == first) << machine::name(set) << ' ' << threads;
  }
}

INSTANTIATE_TEST_SUITE_P(Recipes, Bits,
                         testing::Combine(testing::Values(Family::gpt, Family::llama),
                                          testing::Values("fp32", "amax", "fp16", "hopper")));

TEST(Trainer, OneScoredPositionASequenceGivesTheSameBitsForAnyThreads) {
  const Machine machine;
  std::vector<text::Window> windows = small_text(300, 8);  // more than the head takes at a time
  for (text::Window& window : windows) std::fill(window.target.begin(), window.target.end() - 1, nn::kNotScored);
  Settings settings = small_settings();
  settings.batch = 300;
  settings.accumulation = 1;
  std::vector<float> first;
  for (const int threads : {1, 2, 5}) {
    machine::use_threads(threads);
    Trainer trainer(model::initialise(small_config(Family::gpt), 1, "small"), settings, small_recipe("fp16"), windows);
    for (int step = 0; step < 2; ++step) EXPECT_EQ(trainer.step().tokens, 300);
    if (first.empty()) first = *trainer.parameters().values;
    EXPECT_TRUE(*trainer.parameters().values == first) << threads;
  }
}

TEST(Trainer, LearnsUnderEveryRecipe) {
  for (const char* recipe : {"fp32", "amax", "cscale", "fp16"}) {
    Settings settings = small_settings();
    settings.steps = 60;
    settings.dropout = 0.0;
    if (std::string(recipe) == "fp16") {
      settings.loss_scaling = LossScaling::backoff;
      settings.loss_scale = 1024.0;
      settings.master = Master::fp16;
    }
    Trainer trainer = small_trainer(Family::llama, recipe, settings);
    StepResult last;
    double first = 0.0;
    for (int step = 0; step < 60; ++step) {
      last = trainer.step();
      if (step == 0) first = last.loss;
      ASSERT_FALSE(last.divergence) << recipe << ' ' << last.divergence->tensor;
    }
    EXPECT_NEAR(first, 4.11, 0.1) << recipe;  // ln 61
    EXPECT_LT(last.loss, 2.5) << recipe;
    const double validation = trainer.evaluate(small_text(4)).loss;
    EXPECT_NEAR(validation, last.loss, 0.3) << recipe;
  }
}

TEST(Trainer, LearnsInFp16UnderEveryLossScaling) {
  for (const LossScaling kind :
       {LossScaling::none, LossScaling::constant, LossScaling::backoff, LossScaling::logmax, LossScaling::histogram}) {
    Settings settings = small_settings();
    settings.steps = 30;
    settings.dropout = 0.0;
    settings.master = Master::fp16;
    settings.loss_scaling = kind;
    settings.loss_scale = 256.0;
    Trainer trainer = small_trainer(Family::gpt, "fp16", settings);
    StepResult last;
    for (int step = 0; step < 30; ++step) {
      last = trainer.step();
      ASSERT_FALSE(last.divergence) << static_cast<int>(kind) << ' ' << last.divergence->tensor;
    }
    EXPECT_LT(last.loss, 3.2) << static_cast<int>(kind);
    for (const float value : *trainer.parameters().values)
      ASSERT_EQ(value, static_cast<float>(static_cast<_Float16>(value)));
    if (kind == LossScaling::none || kind == LossScaling::constant || kind == LossScaling::backoff)
      EXPECT_EQ(last.loss_scale, kind == LossScaling::none ? 1.0 : 256.0);
    else
      EXPECT_GT(last.loss_scale, 256.0) << static_cast<int>(kind);
  }
}

TEST(Trainer, GoesOnFromARestoredStateWithTheSameBits) {
  Trainer whole = small_trainer(Family::gpt, "amax");
  for (int step = 0; step < 3; ++step) whole.step();
  const State state = whole.state();
  const std::vector<float> values = *whole.parameters().values;
  const double expected = whole.step().loss;
  Trainer resumed = small_trainer(Family::gpt, "amax");
  resumed.restore(values, state);
  EXPECT_EQ(resumed.step().loss, expected);
  EXPECT_TRUE(*resumed.parameters().values == *whole.parameters().values);
}

TEST(Trainer, HeldOutWindowsLeaveNoTraceInDelayedScaling) {
  Trainer plain = small_trainer(Family::llama, "delayed");
  Trainer validated = small_trainer(Family::llama, "delayed");
  for (int step = 0; step < 3; ++step) {
    EXPECT_EQ(validated.step().loss, plain.step().loss);
    validated.evaluate(small_text(4));
  }
  EXPECT_TRUE(validated.state().histories == plain.state().histories);
  EXPECT_EQ(plain.state().histories.at(3).gradient.amaxes.size(), 3U);
}

// 3 steps of 2 micro-batches. A step's amax is the largest of its micro-batches', and its weights have one a step.
TEST(Trainer, HistoriesAdvanceByStepOrByPass) {
  Trainer by_step = small_trainer(Family::llama, "delayed");
  Trainer by_pass = small_trainer(Family::llama, "delayed-by-pass");
  for (int step = 0; step < 3; ++step) {
    by_step.step();
    by_pass.step();
  }
  const nn::LinearHistory& steps = by_step.state().histories.at(3);
  const nn::LinearHistory& passes = by_pass.state().histories.at(3);
  for (const auto* history : {&steps.input, &steps.gradient, &*steps.weight}) EXPECT_EQ(history->amaxes.size(), 3U);
  for (const auto* history : {&passes.input, &passes.gradient, &*passes.weight}) EXPECT_EQ(history->amaxes.size(), 6U);
  // The first pass is cast under scale 1 either way.
  EXPECT_EQ(steps.weight->amaxes.front(), passes.weight->amaxes.front());
  EXPECT_GE(steps.input.amaxes.front(), passes.input.amaxes.front());
}

TEST(Trainer, AddsUpMicroBatches) {
  // Without casts only rounding tells two micro-batches of 4 from one of 8.
  Settings settings = small_settings();
  settings.dropout = 0.0;
  Trainer two = small_trainer(Family::llama, "fp32", settings);
  settings.batch = 8;
  settings.accumulation = 1;
  Trainer one = small_trainer(Family::llama, "fp32", settings);
  const StepResult a = two.step();
  const StepResult b = one.step();
  EXPECT_EQ(a.tokens, b.tokens);
  EXPECT_NEAR(a.loss, b.loss, 1e-6);
  EXPECT_NEAR(a.gradient_norm, b.gradient_norm, 1e-5 * b.gradient_norm);
}

TEST(Trainer, SkipsAStepWhoseGradientsOverflowAndHalvesTheScale) {
  Settings settings = small_settings();
  settings.loss_scaling = LossScaling::backoff;
  settings.loss_scale = 0x1p24;
  Trainer trainer = small_trainer(Family::gpt, "fp16", settings);
  const std::vector<float> before = *trainer.parameters().values;
  const StepResult result = trainer.step();
  EXPECT_TRUE(result.skipped);
  EXPECT_EQ(*trainer.parameters().values, before);
  EXPECT_EQ(trainer.state().loss_scale.scale, 0x1p23);
  EXPECT_EQ(trainer.state().step, 1);
  EXPECT_EQ(trainer.state().updates, 0);
}

TEST(Trainer, NamesTheFirstTensorThatIsNotFinite) {
  Settings settings = small_settings();
  settings.loss_scaling = LossScaling::constant;
  settings.loss_scale = 0x1p24;
  Trainer scaled = small_trainer(Family::gpt, "fp16", settings);
  const StepResult overflow = scaled.step();
  ASSERT_TRUE(overflow.divergence);
  EXPECT_THAT(overflow.divergence->tensor, testing::MatchesRegex(".* d[xyw]"));
  EXPECT_THAT(overflow.divergence->role, testing::AnyOf("gradient", "weight"));
  EXPECT_EQ(overflow.divergence->step, 0);
  EXPECT_EQ(scaled.state().step, 0);

  Trainer broken = small_trainer(Family::llama, "fp32");
  std::vector<float> values = *broken.parameters().values;
  for (const Slot& slot : broken.parameters().slots)
    if (slot.name == "decoder.1.mlp.up.weight") values[slot.offset + 5] = std::numeric_limits<float>::quiet_NaN();
  broken.restore(values, State(broken.state()));
  const StepResult nan = broken.step();
  ASSERT_TRUE(nan.divergence);
  EXPECT_EQ(nan.divergence->tensor, "decoder.1.mlp.up y");
  EXPECT_EQ(nan.divergence->layer, 1);
  EXPECT_EQ(nan.divergence->role, "activation");
}

TEST(Trainer, StopsWhenALearningRateIsTooHigh) {
  Settings settings = small_settings();
  settings.learning_rate = 30.0;
  settings.clip = 0.0;
  settings.warmup = 0;
  Trainer trainer = small_trainer(Family::gpt, "fp32", settings);
  bool diverged = false;
  for (int step = 0; step < 10 && !diverged; ++step) diverged = trainer.step().divergence.has_value();
  EXPECT_TRUE(diverged);
}

std::string refusal(const Settings& settings, const std::vector<text::Window>& windows) {
  return tests::refusal([&] {
    Trainer(model::initialise(small_config(Family::gpt), 7, "small"), settings, small_recipe("fp32"), windows);
  });
}

TEST(Trainer, RefusesTooLittleText) {
  EXPECT_EQ(
      refusal(small_settings(), small_text(7)),
      "training: the text gives 7 sequences, a step takes 8 (batch 4 x accumulation 2); give more text, a shorter "
      "context or a smaller batch");
  EXPECT_EQ(refusal(small_settings(), small_text(8)), "accepted");
}

TEST(Trainer, RefusesASequenceWithoutTargets) {
  std::vector<text::Window> unscored = small_text(20);
  unscored[13].target.assign(unscored[13].target.size(), nn::kNotScored);
  EXPECT_EQ(refusal(small_settings(), unscored), "training: a sequence has no token to predict; leave it out");
}

TEST(Trainer, RefusesTheParametersOfAnotherModel) {
  Trainer trainer = small_trainer(Family::gpt, "fp32");
  const std::vector<float> values = *trainer.parameters().values;
  EXPECT_THAT(tests::refusal([&] { trainer.restore(std::span(values).first(9), trainer.state()); }),
              testing::StartsWith("checkpoint: it holds 9 parameters, this model has "));
}

}  // namespace
}  // namespace octavo::sim::train
