// The fit names the parameters behind recorded results, and says when no row gives them.
#include "experiments/capture/row_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiments/capture/executor.h"
#include "experiments/capture/planted_error.h"

namespace octavo::experiments::capture {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string fit_of(Executor& executor, const std::vector<std::string>& ids) {
  RowFit fit;
  for (const Family& family : families(ids)) {
    for (Plan& plan : family.plans(family, {.seed = 1, .count = 60})) {
      executor.run(plan);
      fit.add(plan.one);
    }
  }
  return fit.text();
}

TEST(RowFit, OfTheEmulatorIsItsRow) {
  const std::string text = fit_of(*make_emulator(), {"W1", "W3", "W5", "W10"});
  EXPECT_THAT(text, HasSubstr("wgmma.m64n8k32.f32"));
  EXPECT_THAT(text, HasSubstr("fraction bits: 13 fits; 12 excluded by"));
  EXPECT_THAT(text, HasSubstr("fits all: 13, left out, 14 bits toward zero"));
  EXPECT_THAT(text, HasSubstr("fits all: 13, left out, -0 from negative underflow"));
  EXPECT_THAT(text, Not(HasSubstr("fits all: 12")));
  EXPECT_THAT(text, Not(HasSubstr("fits all: 13, by operands")));
}

TEST(RowFit, OfAPlantedErrorIsTheRowThatHasIt) {
  EXPECT_THAT(fit_of(*make_planted(PlantedError::one_fraction_bit_less), {"W1", "W3", "W5"}),
              HasSubstr("fits all: 12, left out, 14 bits toward zero"));
  EXPECT_THAT(fit_of(*make_planted(PlantedError::zero_products_by_operands), {"W1", "W3", "W5"}),
              HasSubstr("fits all: 13, by operands, 14 bits toward zero"));
}

TEST(RowFit, SaysWhenNoRowFits) {
  EXPECT_THAT(fit_of(*make_planted(PlantedError::floor_of_terms), {"W3", "W5"}), HasSubstr("none of "));
}

TEST(RowFit, FindsThePromotionInterval) {
  const std::string text = fit_of(*make_emulator(), {"K8", "L2"});
  EXPECT_THAT(text, HasSubstr("told to promote after 64: 1024 results, promotion interval that fits all: 64\n"));
  EXPECT_THAT(text, HasSubstr("cublaslt.fp8.split_accum"));
  EXPECT_THAT(fit_of(*make_planted(PlantedError::promotion_one_step_late), {"K8"}),
              HasSubstr("told to promote after 32: 1024 results, promotion interval that fits all: 64\n"));
}

}  // namespace
}  // namespace octavo::experiments::capture
