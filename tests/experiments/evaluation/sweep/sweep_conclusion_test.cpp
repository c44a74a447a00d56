// The last lines of a sweep, held against the rows that they are about.
#include "experiments/evaluation/sweep/sweep_conclusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace octavo::experiments {
namespace {

using store::IntervalRow;
using store::Policy;
using store::SweepRow;
using testing::HasSubstr;

SweepRow row(Policy policy, Verdict verdict, double increase) {
  SweepRow result;
  result.policy = policy;
  result.loss = 2.0 + increase;
  result.to_baseline.loss_increase = increase;
  result.to_baseline.loss_increase_se = 0.001;
  result.to_baseline.verdict = verdict;
  if (verdict == Verdict::undecided) result.to_baseline.tokens_to_decide = 4096;
  return result;
}

IntervalRow interval(Reference reference, int first, int biases, int undecided = 0, const std::string& target = "") {
  IntervalRow result;
  result.target = target;
  result.reference = reference;
  result.first_bias = first;
  result.last_bias = first + biases - 1;
  result.biases = biases;
  result.undecided = undecided;
  result.tokens_to_decide = undecided > 0 ? 12345 : 0;
  result.amax_bias_min = 5;
  return result;
}

SweepResult sweep_of(Verdict amax, const std::vector<IntervalRow>& intervals) {
  return {{row(Policy::baseline, Verdict::holds, 0.0), row(Policy::amax, amax, 0.0125)}, intervals, {}};
}

std::string last_line(const SweepResult& result) {
  const std::string text = conclusion_text(result);
  return text.substr(text.rfind('\n', text.size() - 2) + 1);
}

TEST(IntervalText, SaysWhatIsOpenAndUndecided) {
  IntervalRow found = interval(Reference::baseline, -3, 11);
  EXPECT_EQ(interval_text(found), "-3 to 7 (11 biases)");
  found.open_above = 1;
  EXPECT_EQ(interval_text(found), "-3 to 7 (at least 11 biases), the sweep ends at 7");
  found.open_below = 1;
  EXPECT_EQ(interval_text(found), "-3 to 7 (at least 11 biases), the sweep ends at both");
  EXPECT_EQ(interval_text(interval(Reference::baseline, 2, 1)), "2 (1 bias)");
  EXPECT_EQ(interval_text(interval(Reference::baseline, 0, 0, 3)), "none; 3 undecided (about 12,345 tokens)");
}

TEST(Conclusion, SaysWhichBiasWillDo) {
  const auto conclude = [](Verdict amax, int holds, int undecided, int as_amax) {
    return last_line(
        sweep_of(amax, {interval(Reference::baseline, -2, holds, undecided), interval(Reference::amax, -1, as_amax)}));
  };
  EXPECT_EQ(conclude(Verdict::holds, 9, 2, 3), "so: one constant bias will do: -2 to 6\n");
  EXPECT_EQ(conclude(Verdict::holds, 0, 0, 0), "so: no swept constant bias will do, AMAX does\n");
  EXPECT_EQ(conclude(Verdict::fails, 0, 0, 2),
            "so: neither AMAX nor a swept constant bias will do; as good as AMAX: -1 to 0\n");
  EXPECT_EQ(conclude(Verdict::fails, 0, 1, 0), "so: whether a constant bias will do is undecided\n");
  EXPECT_EQ(conclude(Verdict::undecided, 0, 0, 0), "so: no swept constant bias will do, AMAX is undecided\n");
}

TEST(Conclusion, SaysWhatAmaxAndTheRecipeCost) {
  SweepResult result =
      sweep_of(Verdict::undecided, {interval(Reference::baseline, 0, 1), interval(Reference::amax, 0, 1)});
  result.rows.push_back(row(Policy::recipe, Verdict::holds, -0.001));
  const std::string text = conclusion_text(result);
  EXPECT_THAT(text, HasSubstr("AMAX undecided: +0.0125 +- 0.0020 nats a token; about 4,096 tokens would decide\n"));
  EXPECT_THAT(text, HasSubstr("the recipe as written holds: -0.0010 +- 0.0020 nats a token\n"));
  EXPECT_THAT(text, HasSubstr("smallest AMAX bias: 5\n"));
  result.rows[1].loss = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(conclusion_text(result), HasSubstr("its loss is not finite"));
}

TEST(Conclusion, OfTargetsIsWhatHoldsForEach) {
  const auto conclude = [](const IntervalRow& first, const IntervalRow& second) {
    return last_line(sweep_of(Verdict::holds, {first, interval(Reference::amax, 0, 1, 0, "a"), second,
                                               interval(Reference::amax, 0, 1, 0, "b")}));
  };
  const auto of = [](const char* target, int first, int biases, int undecided = 0) {
    return interval(Reference::baseline, first, biases, undecided, target);
  };
  EXPECT_THAT(conclude(of("a", -3, 6), of("b", 0, 8)),
              HasSubstr("each alone holds under a constant bias of 0 to 2; together: --by model\n"));
  EXPECT_THAT(conclude(of("a", -3, 2), of("b", 0, 8)), HasSubstr("under no common one"));
  EXPECT_THAT(conclude(of("a", -3, 2), of("b", 0, 0)), HasSubstr("no swept constant bias will do for b\n"));
  EXPECT_THAT(conclude(of("a", -3, 2), of("b", 0, 0, 4)), HasSubstr("too few tokens to tell for b\n"));
}

TEST(Conclusion, OfAGridCountsPairs) {
  SweepResult result = sweep_of(Verdict::holds, {});
  for (const auto& [bias, verdict] : {std::pair(0, Verdict::holds), std::pair(1, Verdict::undecided)}) {
    SweepRow point = row(Policy::cscale, verdict, 0.01 * (bias + 1));
    point.weight_bias = 3;
    point.activation_bias = bias;
    result.rows.push_back(point);
  }
  EXPECT_THAT(conclusion_text(result), HasSubstr("holds for: 1 of 2 pairs of biases, 1 undecided (about 4,096 tokens"));
  EXPECT_EQ(last_line(result), "so: least loss at weights 3, activations 0: holds, +0.0100 +- 0.0020 nats a token\n");
}

}  // namespace
}  // namespace octavo::experiments
