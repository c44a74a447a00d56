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

}  // namespace
}  // namespace octavo::experiments::studies
