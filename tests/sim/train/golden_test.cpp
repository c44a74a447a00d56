// Ten steps of a small GPT and a small Llama under three recipes, against committed bits.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/shared_data.h"
#include "tests/sim/train/tiny_run.h"

namespace octavo::sim::train {
namespace {

/// FNV-1a over the bits of the parameters.
std::uint64_t digest(const std::vector<float>& values) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const float value : values) hash = (hash ^ std::bit_cast<std::uint32_t>(value)) * 0x100000001B3u;
  return hash;
}

/// A line a step: step, bits of loss and gradient norm (binary64), digest of the parameters after it.
std::string trace(model::Family family, const std::string& recipe) {
  Trainer trainer = small_trainer(family, recipe);
  std::string text = "# step, loss and gradient norm as bits of binary64, FNV-1a of all parameters' bits; loss\n";
  for (int i = 0; i < 10; ++i) {
    const StepResult result = trainer.step();
    text += fmt::format("{} {:016x} {:016x} {:016x}  # {:.6f}\n", result.step,
                        std::bit_cast<std::uint64_t>(result.loss), std::bit_cast<std::uint64_t>(result.gradient_norm),
                        digest(*trainer.parameters().values), result.loss);
  }
  return text;
}

class Golden : public testing::TestWithParam<std::tuple<model::Family, const char*>> {};

// To make them anew after a change that is meant to change bits: OCTAVO_WRITE_GOLDEN=1 sim_test --gtest_filter=*Golden*
TEST_P(Golden, TenStepsHaveTheirBits) {
  const auto [family, recipe] = GetParam();
  const std::string path = fmt::format("{}/tests/golden/training-{}-{}.txt", OCTAVO_SOURCE,
                                       family == model::Family::gpt ? "gpt" : "llama", recipe);
  const std::string found = trace(family, recipe);
  if (std::getenv("OCTAVO_WRITE_GOLDEN") != nullptr) std::ofstream(path) << found;
  std::ifstream file(path);
  EXPECT_EQ(found, std::string(std::istreambuf_iterator<char>(file), {})) << path;
}

INSTANTIATE_TEST_SUITE_P(Training, Golden,
                         testing::Combine(testing::Values(model::Family::gpt, model::Family::llama),
                                          testing::Values("fp32", "amax", "cscale")));

}  // namespace
}  // namespace octavo::sim::train
