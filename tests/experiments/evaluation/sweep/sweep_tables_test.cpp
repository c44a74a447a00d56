// Intervals of biases that hold.
#include "experiments/evaluation/sweep/sweep_tables.h"

#include <gtest/gtest.h>

#include <limits>

namespace octavo::experiments {
namespace {

/// Rows of one target at biases from `first` on, with these relative accuracies and a standard error of 0.001.
std::vector<store::SweepRow> rows(std::int32_t first, const std::vector<double>& accuracies) {
  std::vector<store::SweepRow> result;
  for (const double accuracy : accuracies) {
    store::SweepRow row;
    row.scope = Scope::kind;
    row.target = "mlp.up";
    row.role = Tested::weight;
    row.bias = first++;
    row.relative_accuracy = accuracy;
    row.relative_accuracy_se = 0.001;
    result.push_back(row);
  }
  return result;
}

TEST(LongestInterval, IsTheLongestRunThatHolds) {
  const store::IntervalRow row = longest_interval(rows(-2, {1.0, 0.9, 0.993, 1.0, 0.999, 0.9929, 1.0}));
  EXPECT_EQ(row.first_bias, 0);
  EXPECT_EQ(row.last_bias, 2);
  EXPECT_EQ(row.biases, 3);
  EXPECT_EQ(row.scope, Scope::kind);
  EXPECT_EQ(row.target, "mlp.up");
  EXPECT_EQ(row.role, Tested::weight);
}

TEST(LongestInterval, TakesTheLowerAmongEquals) {
  const store::IntervalRow row = longest_interval(rows(5, {1.0, 1.0, 0.5, 1.0, 1.0}));
  EXPECT_EQ(row.first_bias, 5);
  EXPECT_EQ(row.last_bias, 6);
}

TEST(LongestInterval, ALossThatIsNotFiniteDoesNotHold) {
  std::vector<store::SweepRow> points = rows(-2, {1.0, 1.0, 1.0, 1.0});
  points[1].loss_increase = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(longest_interval(points).first_bias, 0);
  EXPECT_EQ(longest_interval(points).biases, 2);
}

TEST(LongestInterval, CountsNothingWhereNothingHolds) {
  EXPECT_EQ(longest_interval(rows(-8, {0.5, std::numeric_limits<double>::quiet_NaN(), 0.9})).biases, 0);
  EXPECT_EQ(longest_interval({}).biases, 0);
  EXPECT_EQ(longest_interval(rows(3, {1.0})).biases, 1);
}

}  // namespace
}  // namespace octavo::experiments
