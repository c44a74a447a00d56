// Block formats: the published numbers of each, and names.
#include "formats/block.h"

#include <gtest/gtest.h>

#include <string>

#include "formats/limits.h"
#include "messages/error.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

struct Published {
  const char* name;
  int block_size;
  int element_bits;
  double max;
  int scale_bits;
  double bits_per_element;
};

// OCP MX 1.0 table 1 and section 5.3; NVIDIA's NVFP4; DeepSeek-V3 section 3.3.2.
constexpr Published kPublished[] = {
    {"mxfp8-e4m3", 32, 8, 448, 8, 8.25},
    {"mxfp8-e5m2", 32, 8, 57344, 8, 8.25},
    {"mxfp6-e3m2", 32, 6, 28, 8, 6.25},
    {"mxfp6-e2m3", 32, 6, 7.5, 8, 6.25},
    {"mxfp4", 32, 4, 6, 8, 4.25},
    {"mxint8", 32, 8, 1.984375, 8, 8.25},
    {"nvfp4", 16, 4, 6, 8, 4.5},
    {"deepseek-1x128", 128, 8, 448, 32, 8.25},
    {"deepseek-128x128", 16384, 8, 448, 32, 8.00195312500},
};

TEST(Block, HoldsThePublishedFormats) {
  EXPECT_EQ(block_catalog().size(), std::size(kPublished));
  for (const Published& published : kPublished) {
    SCOPED_TRACE(published.name);
    const BlockFormat format = block_format(published.name);
    EXPECT_TRUE(format.element.valid());
    EXPECT_EQ(format.block_size(), published.block_size);
    EXPECT_EQ(format.element.bits(), published.element_bits);
    EXPECT_EQ(limits(format.element).max, published.max);
    EXPECT_EQ(format.scale_bits(), published.scale_bits);
    EXPECT_EQ(format.bits_per_element(), published.bits_per_element);
    EXPECT_EQ(format.tensor_scale, std::string(published.name) == "nvfp4");
  }
  EXPECT_EQ(*block_format("mxfp4").scale, e8m0);
  EXPECT_EQ(*block_format("nvfp4").scale, e4m3);
  EXPECT_FALSE(block_format("deepseek-1x128").scale.has_value());
  EXPECT_EQ(block_format("deepseek-128x128").rows, 128);
}

TEST(Block, RefusesOthersWithTheNearestName) {
  try {
    block_format("mxfp3");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "unknown block format 'mxfp3'; did you mean 'mxfp4'?");
  }
}

}  // namespace
}  // namespace octavo::formats
