// Rows of q and k from one pairing to the other.
#include "sim/model/open/rope_halves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace octavo::sim::model {
namespace {

file::Tensor counting(std::vector<std::int64_t> shape) {
  const std::int64_t count = file::element_count(shape).value();
  return file::filled(std::move(shape), [&](float* out) { std::iota(out, out + count, 0.0F); });
}

TEST(RopeHalves, EvenRowsOfAHeadComeBeforeOddOnes) {
  // Two heads of width 6: pairs (0, 1), (2, 3), (4, 5) become (0, 3), (1, 4), (2, 5).
  EXPECT_THAT(rope_halves(counting({12}), 2).values, testing::ElementsAre(0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11));
  const file::Tensor rows = rope_halves(counting({4, 2}), 1);
  EXPECT_THAT(rows.shape, testing::ElementsAre(4, 2));
  EXPECT_THAT(rows.values, testing::ElementsAre(0, 1, 4, 5, 2, 3, 6, 7));
}

}  // namespace
}  // namespace octavo::sim::model
