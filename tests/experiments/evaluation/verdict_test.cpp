// Three states, by loss and by accuracy, and the tokens that would decide.
#include "experiments/evaluation/verdict.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace octavo::experiments {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

PairedDifference difference(double relative_accuracy, double relative_accuracy_se, double increase, double se) {
  return {relative_accuracy, relative_accuracy_se, increase, se, 1000, true};
}

Verdict by_loss(double increase, double se) { return verdict_of(difference(1.0, 0.0, increase, se), Criterion::loss); }

Verdict by_accuracy(double relative, double se) {
  return verdict_of(difference(relative, se, 0.0, 0.0), Criterion::accuracy);
}

TEST(VerdictByLoss, AllowsForNoiseOnBothSides) {
  EXPECT_EQ(by_loss(-0.5, 0.1), Verdict::holds);
  EXPECT_EQ(by_loss(0.0, 0.01), Verdict::holds);  // on the limit
  EXPECT_EQ(by_loss(0.0, 0.011), Verdict::undecided);
  EXPECT_EQ(by_loss(0.019, 0.001), Verdict::undecided);
  EXPECT_EQ(by_loss(0.021, 0.001), Verdict::undecided);
  EXPECT_EQ(by_loss(0.0221, 0.001), Verdict::fails);
  EXPECT_EQ(by_loss(0.02, 0.0), Verdict::holds);
  EXPECT_EQ(by_loss(0.0201, 0.0), Verdict::fails);
}

TEST(VerdictByAccuracy, AllowsForNoiseOnBothSides) {
  EXPECT_EQ(by_accuracy(1.0, 0.002), Verdict::holds);
  EXPECT_EQ(by_accuracy(0.995, 0.0), Verdict::holds);
  EXPECT_EQ(by_accuracy(1.0, 0.0026), Verdict::undecided);
  EXPECT_EQ(by_accuracy(0.987, 0.009), Verdict::undecided);  // 0.987 +- 0.018 says nothing
  EXPECT_EQ(by_accuracy(0.987, 0.004), Verdict::undecided);  // its bar ends on the limit
  EXPECT_EQ(by_accuracy(0.987, 0.0039), Verdict::fails);
}

TEST(Verdict, NeverHoldsWithoutANumber) {
  for (const Criterion criterion : {Criterion::loss, Criterion::accuracy}) {
    PairedDifference lost = difference(1.0, 0.0, -1.0, 0.0);
    EXPECT_EQ(verdict_of(lost, criterion), Verdict::holds);
    lost.finite = false;
    EXPECT_EQ(verdict_of(lost, criterion), Verdict::fails);
    EXPECT_EQ(verdict_of(difference(kNan, kNan, kNan, kNan), criterion), Verdict::undecided);
    EXPECT_EQ(verdict_of(difference(1.0, kNan, 0.0, kNan), criterion), Verdict::undecided);
    EXPECT_EQ(tokens_to_decide(lost, criterion), 0);
    EXPECT_EQ(tokens_to_decide(difference(1.0, kNan, 0.0, kNan), criterion), store::kNoEstimate);
  }
}

TEST(TokensToDecide, FollowFromTheErrorsSquareRoot) {
  EXPECT_EQ(tokens_to_decide(difference(1.0, 0.0, 0.01, 0.02), Criterion::loss), 16000);  // 4 x the noise allowed
  EXPECT_EQ(tokens_to_decide(difference(1.0, 0.0, 0.04, 0.04), Criterion::loss), 16000);
  EXPECT_EQ(tokens_to_decide(difference(1.0, 0.0, 0.01, 0.005), Criterion::loss), 0);
  EXPECT_EQ(tokens_to_decide(difference(1.0, 0.0, 0.02, 0.001), Criterion::loss), store::kNoEstimate);
  EXPECT_EQ(tokens_to_decide(difference(0.985, 0.01, 0.0, 0.0), Criterion::accuracy), 4000);
}

TEST(FewTokens, AreSaid) {
  EXPECT_EQ(few_tokens_text(30), "");
  EXPECT_EQ(few_tokens_text(29), "on 29 tokens alone: too few for these errors, give at least 30\n");
  EXPECT_EQ(few_tokens_text(1), "on 1 token alone: too few for these errors, give at least 30\n");
}

store::Run run(std::vector<float> loss, std::vector<std::uint8_t> correct) {
  store::Run result;
  result.token_loss = std::move(loss);
  result.token_correct = std::move(correct);
  return result;
}

TEST(Compare, GivesBothVerdictsAndTheOneThatIsAskedFor) {
  const store::Run baseline = run({1.0F, 2.0F, 1.0F, 2.0F}, {1, 0, 1, 1});
  const store::Run worse = run({1.5F, 2.5F, 1.5F, 2.5F}, {1, 0, 1, 1});
  const store::Comparison found = compare(worse, baseline, Criterion::loss);
  EXPECT_EQ(found.loss_increase, 0.5);
  EXPECT_EQ(found.loss_increase_se, 0.0);
  EXPECT_EQ(found.verdict_loss, Verdict::fails);
  EXPECT_EQ(found.verdict_accuracy, Verdict::holds);
  EXPECT_EQ(found.verdict, Verdict::fails);
  EXPECT_EQ(compare(worse, baseline, Criterion::accuracy).verdict, Verdict::holds);
  EXPECT_EQ(compare(baseline, worse, Criterion::loss).verdict, Verdict::holds);
}

TEST(Compare, ALossThatIsNotFiniteFailsAndOneBesideItIsUndecided) {
  const store::Run good = run({1.0F, 2.0F}, {1, 1});
  const store::Run lost = run({1.0F, std::numeric_limits<float>::infinity()}, {1, 1});
  EXPECT_EQ(compare(lost, good, Criterion::loss).verdict, Verdict::fails);
  EXPECT_EQ(compare(lost, good, Criterion::accuracy).verdict, Verdict::fails);
  EXPECT_EQ(compare(good, lost, Criterion::loss).verdict, Verdict::undecided);
}

TEST(Compare, OneTokenDecidesNothing) {
  const store::Run one = run({1.0F}, {1});
  EXPECT_EQ(compare(one, one, Criterion::loss).verdict, Verdict::undecided);
  EXPECT_EQ(compare(one, one, Criterion::loss).tokens_to_decide, store::kNoEstimate);
}

}  // namespace
}  // namespace octavo::experiments
