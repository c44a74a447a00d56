// Other libraries' names of formats: every one of the list, in any case, and nothing else.
#include "formats/spelling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "formats/block.h"
#include "formats/catalog.h"

namespace octavo::formats {
namespace {

TEST(Spelling, EachIsTakenInAnyCaseAndMeansAnEntry) {
  for (const Spelling& spelling : spellings()) {
    std::string upper(spelling.text);
    std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
    for (const std::string& text : {std::string(spelling.text), upper}) {
      const BlockCatalogEntry* block = find_block_format(text);
      if (block != nullptr)
        EXPECT_EQ(block->name, spelling.name) << text;
      else
        EXPECT_EQ(name(spec(text)), spelling.name) << text;
    }
  }
}

TEST(Spelling, NoTwoMeanDifferentFormats) {
  std::map<std::string, std::string_view> meanings;
  for (const Spelling& spelling : spellings()) {
    const auto [entry, added] = meanings.emplace(squeezed(spelling.text), spelling.name);
    EXPECT_EQ(entry->second, spelling.name) << spelling.text;
  }
  for (const CatalogEntry& entry : catalog()) {
    const auto found = meanings.find(squeezed(entry.name));
    if (found != meanings.end()) {
      EXPECT_EQ(found->second, entry.name);
    }
  }
}

TEST(Spelling, TakesTheNamesOfLibraries) {
  EXPECT_EQ(spec("E4M3"), e4m3);
  EXPECT_EQ(spec("float8_e4m3fn"), e4m3);
  EXPECT_EQ(spec("torch.float8_e4m3fn"), e4m3);
  EXPECT_EQ(spec("fp8_e5m2"), e5m2);
  EXPECT_EQ(spec("FP8-E4M3"), e4m3);
  EXPECT_EQ(spec("E4M3_FNUZ"), e4m3fnuz);
  EXPECT_EQ(spec("float8_e4m3"), e4m3ieee);  // ml_dtypes' has infinities
  EXPECT_EQ(spec("p3109_k8p3se"), binary8(3, true));
  EXPECT_EQ(spec("E4M3B8"), spec("e4m3b8"));
  EXPECT_EQ(spec("bfloat16"), bf16);
  EXPECT_EQ(block_format("MXFP8_E4M3"), mxfp8_e4m3);
  EXPECT_EQ(block_format("NVFP4"), nvfp4);
  EXPECT_EQ(find_block_format("mxfp6"), nullptr);  // two formats could be meant
  EXPECT_EQ(find_block_format("e4m3"), nullptr);
}

}  // namespace
}  // namespace octavo::formats
