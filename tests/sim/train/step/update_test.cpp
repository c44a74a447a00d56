// Who updates which parameters.
#include "sim/train/step/update.h"

#include <gtest/gtest.h>

#include <numeric>

namespace octavo::sim::train {
namespace {

/// A matrix and a vector, all values 1, gradients 0: weight decay alone moves them.
struct Two {
  std::vector<Slot> slots{{"matrix", 0, {2, 3}, 0, 6}, {"vector", 0, {4}, 6, 4}};
  std::vector<float> values = std::vector<float>(10, 1.0F);
  std::vector<float> gradients = std::vector<float>(10, 0.0F);

  void update(std::vector<OptimizerTensor>& owned, const AdamW& rule, double decay) {
    train::update(slots, by_tensor(slots, std::span<float>(values)),
                  by_tensor(slots, std::span<const float>(gradients)), owned, rule, decay);
  }
};

TEST(Update, DecaysMatricesAlone) {
  Two two;
  std::vector<OptimizerTensor> all = fresh_optimizer(two.slots);
  two.update(all, {.rate = 0.5}, 0.5);
  EXPECT_EQ(two.values, (std::vector<float>{0.75F, 0.75F, 0.75F, 0.75F, 0.75F, 0.75F, 1, 1, 1, 1}));
}

TEST(Update, OfPartsByTheirOwnersIsTheUpdateOfTheWhole) {
  Two whole, shared;
  std::iota(whole.gradients.begin(), whole.gradients.end(), -3.0F);
  shared.gradients = whole.gradients;
  std::vector<OptimizerTensor> all = fresh_optimizer(whole.slots);
  std::vector<OptimizerTensor> mine{all[1]}, yours{all[0]};
  for (int number = 1; number <= 3; ++number) {
    const AdamW rule{.rate = 0.1, .number = number, .factor = 0.5F};
    whole.update(all, rule, 0.1);
    shared.update(mine, rule, 0.1);
    EXPECT_NE(shared.values, whole.values);
    shared.update(yours, rule, 0.1);
    EXPECT_EQ(shared.values, whole.values);
  }
  EXPECT_EQ(mine.front(), all[1]);
  EXPECT_EQ(yours.front(), all[0]);
}

}  // namespace
}  // namespace octavo::sim::train
