// A forced split of K tries every proposal with every reduction before it gives up.
#include "cuda/cublaslt/split_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace octavo::cuda {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(SplitChoice, TakesTheFirstThatIsNotRefused) {
  const auto only = [](const SplitChoice& wanted) {
    return [=](const SplitChoice& choice) -> std::string { return choice == wanted ? "" : "status 15"; };
  };
  for (const SplitChoice& wanted :
       {SplitChoice{2, Reduction::compute_type}, {3, Reduction::in_place}, {2, Reduction::output_type}})
    EXPECT_EQ(first_that_splits(2, 4, 5, only(wanted)), wanted);
}

TEST(SplitChoice, PrefersTheReductionInTheComputeType) {
  const auto refusal = [](const SplitChoice& choice) -> std::string {
    return choice.proposal == 1 || choice.reduction == Reduction::in_place ? "" : "status 15";
  };
  EXPECT_EQ(first_that_splits(0, 3, 2, refusal), (SplitChoice{1, Reduction::compute_type}));
}

TEST(SplitChoice, GivesUpWithTheLastRefusal) {
  int asked = 0;
  try {
    first_that_splits(1, 4, 3, [&](const SplitChoice&) { return "status " + std::to_string(++asked); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("none of 3 algorithms splits K into 3 parts"), HasSubstr("status 9")));
  }
  EXPECT_EQ(asked, 9);
}

}  // namespace
}  // namespace octavo::cuda
