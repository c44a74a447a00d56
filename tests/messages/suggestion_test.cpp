// Suggestions: near names, and none where nothing is near.
#include "messages/suggestion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace octavo::messages {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::array<std::string_view, 3> kWords{"scale", "scaling", "bias"};
constexpr std::array<std::string_view, 6> kEngines{"fp32", "fp64", "bf16", "hopper-wgmma", "hopper-mma", "ada-mma"};

TEST(Suggestion, IsWithinAThirdOfTheWordInEdits) {
  EXPECT_THAT(near("scalling", kWords), ElementsAre("scaling"));
  EXPECT_THAT(near("BIAS", kWords), ElementsAre("bias"));
  EXPECT_THAT(near("bas", kWords), ElementsAre("bias"));
  EXPECT_THAT(near("bisa", kWords), ElementsAre("bias"));  // two neighbours swapped are one edit
  EXPECT_THAT(near("", kWords), IsEmpty());
  EXPECT_THAT(near("frobnicate", kWords), IsEmpty());
  EXPECT_THAT(near("scale", {}), IsEmpty());
}

TEST(Suggestion, NamesAllThatAreEquallyNearAndPartsOfThem) {
  EXPECT_THAT(near("hooper", kEngines), ElementsAre("hopper-wgmma", "hopper-mma"));  // and not fp32
  EXPECT_THAT(near("wgmma", kEngines), ElementsAre("hopper-wgmma"));
  EXPECT_THAT(near("fp23", kEngines), ElementsAre("fp32"));
  EXPECT_THAT(near("cublas", kEngines), IsEmpty());
  EXPECT_THAT(near("ad", std::array<std::string_view, 2>{"ab", "ac"}), ElementsAre("ab", "ac"));
}

TEST(Suggestion, SaysWhatThereIsWhereNothingIsNear) {
  EXPECT_EQ(suggestion("hooper", kEngines), "did you mean 'hopper-wgmma' or 'hopper-mma'?");
  EXPECT_EQ(suggestion("cublas", kEngines), "there are fp32, fp64, bf16, hopper-wgmma, hopper-mma, ada-mma");
  EXPECT_EQ(suggestion("cublas", kEngines, "see --help"), "see --help");
  std::vector<std::string_view> many(20, "x");
  EXPECT_EQ(suggestion("cublas", many), "there are x, x, x, x, x, x, x, x, x, x, x, x, ...");
  EXPECT_LT(suggestion(std::string(100000, 'e'), kEngines).size(), 100U);
}

}  // namespace
}  // namespace octavo::messages
