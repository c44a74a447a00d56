// The fit names the parameters behind recorded results, and says when no row gives them.
#include "experiments/replay/fit/row_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiments/capture/executor.h"
#include "experiments/capture/self_test/planted_error.h"

namespace octavo::experiments::replay {
namespace {

using namespace capture;
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

TEST(RowFit, SaysWhatExcludesEachAlternative) {
  const std::string text = fit_of(*make_emulator(), {"W1", "W3", "W4", "W5", "W13"});
  EXPECT_THAT(text, HasSubstr("zero products: left out fits; by operands excluded by W1"));
  EXPECT_THAT(text, HasSubstr("as 2^-118 excluded by W1"));
  EXPECT_THAT(text, HasSubstr("c: aligned with the products fits; added afterwards excluded by W"));
  EXPECT_THAT(text, HasSubstr("products: 32 in one sum fits; groups of 16 excluded by W"));
  EXPECT_THAT(text, HasSubstr("groups of 16 by half words excluded by W"));
}

TEST(RowFit, TellsWhichToolkitCompiledMma) {
  RowFit fit;
  const std::unique_ptr<Executor> emulator = make_emulator();
  const Family family = families({"M"}).front();
  for (Plan& plan : family.plans(family, {.seed = 1, .count = 60})) {
    if (!plan.one.operation.starts_with("mma.m16n8k32.f32")) continue;
    const std::string name = plan.one.operation;
    plan.one.operation += ".ptxas12";
    emulator->run(plan);
    plan.one.operation = name;
    fit.add(plan.one);
  }
  EXPECT_THAT(fit.text(), HasSubstr("groups: chained excluded by M"));
  EXPECT_THAT(fit.text(), HasSubstr("added at the end fits"));
}

TEST(RowFit, TakesSparseProductsAndThoseOfSixteen) {
  const std::string text = fit_of(*make_emulator(), {"K6", "M"});
  EXPECT_THAT(text, HasSubstr("wgmma.sp.m64n8k64.f32"));
  EXPECT_THAT(text, HasSubstr("mma.m16n8k16.f32"));
  EXPECT_THAT(text, HasSubstr("products: groups of 8 by half words fits"));
  EXPECT_THAT(text, Not(HasSubstr("none of ")));
}

TEST(RowFit, FindsThePromotionInterval) {
  const std::string text = fit_of(*make_emulator(), {"K8", "L2"});
  EXPECT_THAT(text, HasSubstr("told to promote after 64: 1024 results, promotion interval that fits all: 64\n"));
  EXPECT_THAT(text, HasSubstr("cublaslt.fp8.split_accum"));
  EXPECT_THAT(fit_of(*make_planted(PlantedError::promotion_one_step_late), {"K8"}),
              HasSubstr("told to promote after 32: 1024 results, promotion interval that fits all: 64\n"));
}

}  // namespace
}  // namespace octavo::experiments::replay
