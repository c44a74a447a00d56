// Continuations: which token is drawn, when a text ends, and that a seed gives one text in every setting.
#include "sim/model/generate.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "messages/error.h"
#include "sim/nn/random.h"
#include "tests/sim/every_setting.h"
#include "tests/sim/model/random_weights.h"

namespace octavo::sim::model {
namespace {

using Ids = std::vector<std::int32_t>;

TEST(NextToken, IsTheLargestLogitAndTheLowestIdAmongEquals) {
  EXPECT_EQ(next_token(std::vector<float>{1.0F, 3.0F, 2.0F}, {}, 0), 1);
  EXPECT_EQ(next_token(std::vector<float>{-2.0F, -1.0F, -1.0F}, {}, 5), 1);
  EXPECT_EQ(next_token(std::vector<float>{-0.0F, 0.0F}, {}, 0), 0);
}

// The inverse of the distribution function, by the C library's exponential in long double.
TEST(NextToken, IsDrawnFromTheSoftmaxAtTheTemperature) {
  const std::vector<float> logits{0.5F, -1.0F, 2.0F, 1.25F};
  for (const double temperature : {0.5, 1.0, 3.0}) {
    std::array<long double, 4> until{};
    long double sum = 0.0L;
    for (std::size_t id = 0; id < 4; ++id)
      until[id] = sum += std::exp(static_cast<long double>(logits[id]) / static_cast<long double>(temperature));
    std::array<int, 4> drawn{};
    constexpr int kDraws = 20000;
    for (int position = 0; position < kDraws; ++position) {
      const auto word = nn::hash(77, static_cast<std::uint64_t>(position)) >> 11;
      const long double place = static_cast<long double>(word) * 0x1p-53L * sum;
      std::int32_t expected = 0;
      while (until[static_cast<std::size_t>(expected)] <= place) ++expected;
      ASSERT_EQ(next_token(logits, {temperature, 77}, position), expected) << temperature << ' ' << position;
      ++drawn[static_cast<std::size_t>(expected)];
    }
    for (std::size_t id = 0; id < 4; ++id) {  // five standard deviations
      const double p = static_cast<double>((until[id] - (id == 0 ? 0.0L : until[id - 1])) / sum);
      EXPECT_NEAR(drawn[id], p * kDraws, 5.0 * std::sqrt(kDraws * p * (1.0 - p))) << temperature << ' ' << id;
    }
  }
}

TEST(NextToken, ATinyTemperatureIsGreedy) {
  const std::vector<float> logits{88.0F, -3e38F, 88.5F, 3.0F};
  for (int position = 0; position < 100; ++position) EXPECT_EQ(next_token(logits, {1e-300, 1}, position), 2);
}

TEST(NextToken, RefusesLogitsThatAreNotFinite) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()})
    for (const double temperature : {0.0, 1.0}) {
      try {
        next_token(std::vector<float>{1.0F, bad, 0.0F}, {temperature, 0}, 12);
        FAIL() << bad << " was taken";
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::StartsWith("generation: a logit of position 12 is not finite; "));
      }
    }
}

class Generate : public testing::Test {
 protected:
  Transformer<float> model(const scaling::Recipe& recipe = scaling::uncast(scaling::Baseline::fp32)) const {
    Transformer<float> result(weights_);
    result.apply(recipe);
    return result;
  }

  Config config_ = small_config(Family::llama);
  std::shared_ptr<const Weights> weights_ = random_weights(config_);
};

TEST_F(Generate, EndsWhereItSays) {
  auto model = this->model();
  const Ids prompt{3, 1, 4};
  const Continuation whole = generate(model, prompt, 1'000'000);
  EXPECT_EQ(whole.end, Continuation::End::context);
  EXPECT_EQ(static_cast<std::int64_t>(whole.ids.size()), config_.context + 1);

  const Continuation counted = generate(model, prompt, 7);
  EXPECT_EQ(counted.end, Continuation::End::count);
  EXPECT_EQ(counted.ids, Ids(whole.ids.begin(), whole.ids.begin() + 10));
  EXPECT_EQ(generate(model, prompt, config_.context - 2).end, Continuation::End::count);  // exactly what there is

  const std::array<std::int32_t, 2> stops{-1, whole.ids[8]};
  const auto first = std::find(whole.ids.begin() + 3, whole.ids.end(), whole.ids[8]);  // may have come before
  const Continuation stopped = generate(model, prompt, 1'000'000, {}, stops);
  EXPECT_EQ(stopped.end, Continuation::End::stop);
  EXPECT_EQ(stopped.ids, Ids(whole.ids.begin(), first + 1));
}

TEST_F(Generate, TakesAPromptUpToTheContext) {
  auto model = this->model();
  Ids prompt(static_cast<std::size_t>(config_.context), 1);
  EXPECT_EQ(generate(model, prompt, 5).ids.size(), prompt.size() + 1);
  prompt.push_back(1);
  try {
    generate(model, prompt, 5);
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("generation: the prompt has "));
  }
}

TEST_F(Generate, ASeedGivesOneTextInEverySetting) {
  for (const scaling::Recipe& recipe : {scaling::uncast(scaling::Baseline::fp32), scaling::default_recipe()}) {
    const auto sampled = [&](std::uint64_t seed) {
      auto model = this->model(recipe);
      return generate(model, {3, 1, 4}, 30, {1.0, seed}).ids;
    };
    const Ids expected = sampled(1);
    for_every_setting([&] { EXPECT_EQ(sampled(1), expected); });
    EXPECT_NE(sampled(2), expected);
  }
}

}  // namespace
}  // namespace octavo::sim::model
