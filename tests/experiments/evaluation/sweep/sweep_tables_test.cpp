// Intervals of biases that hold.
#include "experiments/evaluation/sweep/sweep_tables.h"

#include <gtest/gtest.h>

namespace octavo::experiments {
namespace {

constexpr auto kHolds = Verdict::holds, kFails = Verdict::fails, kUndecided = Verdict::undecided;

/// Rows of one target at biases from `first` on, with these verdicts against the baseline; against AMAX all fail.
std::vector<store::SweepRow> rows(std::int32_t first, const std::vector<Verdict>& verdicts) {
  std::vector<store::SweepRow> result;
  for (const Verdict verdict : verdicts) {
    store::SweepRow row;
    row.scope = Scope::kind;
    row.target = "mlp.up";
    row.role = Tested::weight;
    row.bias = first++;
    row.criterion = Criterion::accuracy;
    row.to_baseline.verdict = verdict;
    row.to_baseline.tokens_to_decide = verdict == kUndecided ? 1000 * (row.bias + 100) : 0;
    row.to_amax.verdict = kFails;
    result.push_back(row);
  }
  return result;
}

TEST(LongestInterval, IsTheLongestRunThatHolds) {
  const auto points = rows(-2, {kHolds, kFails, kHolds, kHolds, kHolds, kUndecided, kHolds});
  const store::IntervalRow row = longest_interval(points, Reference::baseline);
  EXPECT_EQ(row.first_bias, 0);
  EXPECT_EQ(row.last_bias, 2);
  EXPECT_EQ(row.biases, 3);
  EXPECT_EQ(row.open_below, 0);
  EXPECT_EQ(row.open_above, 0);
  EXPECT_EQ(row.scope, Scope::kind);
  EXPECT_EQ(row.target, "mlp.up");
  EXPECT_EQ(row.role, Tested::weight);
  EXPECT_EQ(row.reference, Reference::baseline);
  EXPECT_EQ(row.criterion, Criterion::accuracy);
  EXPECT_EQ(longest_interval(points, Reference::amax).biases, 0);
  EXPECT_EQ(longest_interval(points, Reference::amax).reference, Reference::amax);
}

TEST(LongestInterval, TakesTheLowerAmongEquals) {
  const auto row = longest_interval(rows(5, {kHolds, kHolds, kFails, kHolds, kHolds}), Reference::baseline);
  EXPECT_EQ(row.first_bias, 5);
  EXPECT_EQ(row.last_bias, 6);
}

TEST(LongestInterval, SaysWhereTheSweepEnds) {
  const auto below = longest_interval(rows(-3, {kHolds, kHolds, kFails}), Reference::baseline);
  EXPECT_EQ(below.open_below, 1);
  EXPECT_EQ(below.open_above, 0);
  const auto above = longest_interval(rows(-3, {kUndecided, kHolds}), Reference::baseline);
  EXPECT_EQ(above.open_below, 0);
  EXPECT_EQ(above.open_above, 1);
}

TEST(LongestInterval, CountsWhatIsUndecidedAndTheTokensThatWouldDecideIt) {
  auto points = rows(-1, {kUndecided, kHolds, kUndecided});
  EXPECT_EQ(longest_interval(points, Reference::baseline).undecided, 2);
  EXPECT_EQ(longest_interval(points, Reference::baseline).tokens_to_decide, 101000);
  points[2].to_baseline.tokens_to_decide = store::kNoEstimate;
  EXPECT_EQ(longest_interval(points, Reference::baseline).tokens_to_decide, 99000);
  points[0].to_baseline.tokens_to_decide = store::kNoEstimate;
  EXPECT_EQ(longest_interval(points, Reference::baseline).tokens_to_decide, store::kNoEstimate);
  EXPECT_EQ(longest_interval(rows(0, {kHolds}), Reference::baseline).tokens_to_decide, 0);
}

TEST(LongestInterval, CountsNothingWhereNothingHolds) {
  EXPECT_EQ(longest_interval(rows(-8, {kFails, kUndecided, kFails}), Reference::baseline).biases, 0);
  EXPECT_EQ(longest_interval(rows(-8, {kFails}), Reference::baseline).open_below, 0);
  EXPECT_EQ(longest_interval({}, Reference::baseline).biases, 0);
  EXPECT_EQ(longest_interval(rows(3, {kHolds}), Reference::baseline).biases, 1);
}

}  // namespace
}  // namespace octavo::experiments
