// Windows put together into micro-batches.
#include "sim/model/micro_batch.h"

#include <gtest/gtest.h>

#include "sim/nn/loss.h"

namespace octavo::sim::model {
namespace {

using Ids = std::vector<std::int32_t>;

const std::vector<text::Window> kWindows{{{1, 2, 3}, {2, 3, 4}}, {{5}, {6}}, {{7, 8}, {nn::kNotScored, 9}}};

TEST(MicroBatches, HoldTheWindowsInOrder) {
  const std::vector<MicroBatch> found = micro_batches(kWindows, 2);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].batch.ids, (Ids{1, 2, 3, 5}));
  EXPECT_EQ(found[0].batch.offsets, (std::vector<std::int64_t>{0, 3, 4}));
  EXPECT_EQ(found[0].targets, (Ids{2, 3, 4, 6}));
  EXPECT_EQ(found[1].batch.ids, (Ids{7, 8}));
  EXPECT_EQ(found[1].batch.offsets, (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(found[1].targets, (Ids{nn::kNotScored, 9}));
  EXPECT_EQ(micro_batches(kWindows, 1).size(), 3U);
  EXPECT_EQ(micro_batches(kWindows, 3).size(), 1U);
  EXPECT_EQ(micro_batches(kWindows, 100).size(), 1U);
  EXPECT_TRUE(micro_batches({}, 1).empty());
}

TEST(MicroBatches, CountWhatIsScored) {
  EXPECT_EQ(micro_batches(kWindows, 3).front().scored(), 5);
  EXPECT_EQ(text::scored(kWindows), 5);
  EXPECT_EQ(text::scored(kWindows[2].target), 1);
}

}  // namespace
}  // namespace octavo::sim::model
