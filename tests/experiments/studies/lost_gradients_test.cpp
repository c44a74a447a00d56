// Counts of derivatives that a loss scale loses.
#include "experiments/studies/lost_gradients.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace octavo::experiments::studies {
namespace {

TEST(LostGradients, CountsThoseThatFp32HasAlone) {
  const store::LostGradientRow row = lost_gradients({4.0F, 0.0F, 5.0F, -8.0F}, 4.0, {1.0F, 2.0F, 0.0F, -2.0F});
  EXPECT_EQ(row.derivatives, 3);
  EXPECT_EQ(row.flushed, 1);
  EXPECT_EQ(row.not_finite, 0);
  EXPECT_EQ(row.loss_scale, 4.0);
  EXPECT_DOUBLE_EQ(row.relative_error, std::sqrt(4.0 / 9.0));
}

TEST(LostGradients, HasNoErrorWhereOneIsNotFinite) {
  const store::LostGradientRow row = lost_gradients({std::numeric_limits<float>::infinity(), 2.0F}, 2.0, {1.0F, 1.0F});
  EXPECT_EQ(row.not_finite, 1);
  EXPECT_EQ(row.flushed, 0);
  EXPECT_TRUE(std::isnan(row.relative_error));
}

}  // namespace
}  // namespace octavo::experiments::studies
