// Intervals by bisection.
#include "experiments/studies/constant_bias.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace octavo::experiments::studies {
namespace {

TEST(FindInterval, FindsEveryIntervalThatReachesTheMiddle) {
  for (int first = -10; first <= 10; ++first)
    for (int last = first; last <= 10; ++last) {
      std::set<int> asked;
      const auto found = find_interval([&](int bias) {
        EXPECT_TRUE(asked.insert(bias).second) << "asked twice about " << bias;
        return bias >= first && bias <= last;
      });
      EXPECT_LE(asked.size(), 13U);
      if (first > 4 || last < -4)
        EXPECT_FALSE(found) << first << ' ' << last;
      else
        EXPECT_EQ(found, (BiasInterval{std::max(first, -kLargestBias), std::min(last, kLargestBias)}))
            << first << ' ' << last;
    }
}

TEST(FindInterval, FindsTheSameFromAnyGuessAndSoonerFromAGoodOne) {
  for (int first = -8; first <= 0; ++first)
    for (int last = 0; last <= 8; ++last)
      for (int guessed_first = -8; guessed_first <= 8; ++guessed_first)
        for (int guessed_last = guessed_first; guessed_last <= 8; ++guessed_last) {
          std::set<int> asked;
          const auto found = find_interval(
              [&](int bias) {
                EXPECT_TRUE(asked.insert(bias).second) << "asked twice about " << bias;
                return bias >= first && bias <= last;
              },
              BiasInterval{guessed_first, guessed_last});
          EXPECT_EQ(found, (BiasInterval{first, last})) << guessed_first << ' ' << guessed_last;
          const bool right = guessed_first == first && guessed_last == last;
          EXPECT_LE(asked.size(), right ? 4U : 13U) << first << ' ' << last;
        }
}

TEST(FindInterval, KeepsToItsContractBesideTheMiddle) {
  const auto find = [](BiasInterval truth, BiasInterval guess) {
    return find_interval([&](int bias) { return bias >= truth.first && bias <= truth.last; }, guess);
  };
  EXPECT_EQ(find({2, 6}, {3, 5}), (BiasInterval{2, 6}));
  EXPECT_EQ(find({-7, -1}, {-8, 0}), (BiasInterval{-7, -1}));
  EXPECT_EQ(find({5, 8}, {5, 8}), std::nullopt);  // all of -4 to 4 fail
}

TEST(IntervalRow, SaysWhatIsOpenAndWhatIsUndecided) {
  using store::Verdict;
  const std::map<int, Verdict> verdicts{{-8, Verdict::undecided},
                                        {0, Verdict::holds},
                                        {4, Verdict::undecided},
                                        {5, Verdict::undecided},
                                        {6, Verdict::fails}};
  const store::BiasIntervalRow row = interval_row({}, BiasInterval{-8, 4}, verdicts, 3);
  EXPECT_EQ(row.biases, 13);
  EXPECT_EQ(row.open_below, 1);
  EXPECT_EQ(row.open_above, 0);
  EXPECT_EQ(row.undecided, 2);
  EXPECT_EQ(row.amax_bias_min, 3);
  EXPECT_EQ(interval_row({}, std::nullopt, verdicts, 3).biases, 0);
  EXPECT_EQ(interval_row({}, std::nullopt, verdicts, 3).undecided, 0);
}

}  // namespace
}  // namespace octavo::experiments::studies
