// The fit names the order of a library's operations behind recorded calls.
#include "experiments/replay/fit/library_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiments/capture/self_test/planted_error.h"

namespace octavo::experiments::replay {
namespace {

using namespace capture;
using testing::HasSubstr;

std::string fit_of(Executor& executor) {
  LibraryFit fit;
  for (const Family& family : families({"L5", "L6"})) {
    for (Plan& plan : family.plans(family, {.seed = 1, .count = 60})) {
      executor.run(plan);
      fit.add(plan.one);
    }
  }
  return fit.text();
}

TEST(LibraryFit, OfTheEmulatorIsTheModelAlone) {
  const std::string text = fit_of(*make_emulator());
  EXPECT_THAT(text, HasSubstr("  fits all: (alpha a) b, fma with bias, then C, +0 added, as CUTLASS, before d_scale, "
                              "NaN if there is one\n"));
  EXPECT_EQ(text.find("fits all"), text.rfind("fits all")) << text;
  EXPECT_THAT(text, HasSubstr("(alpha b) a excluded by L5"));
  EXPECT_THAT(text, HasSubstr("nothing added excluded by L5 zeros"));
  EXPECT_THAT(text, HasSubstr("skips NaN excluded by L5 specials"));
}

TEST(LibraryFit, NamesTheOrderThatWasRecorded) {
  EXPECT_THAT(fit_of(*make_planted(PlantedError::scales_regrouped)), HasSubstr("fits all: (a b) alpha, "));
  EXPECT_THAT(fit_of(*make_planted(PlantedError::bias_added_last)),
              HasSubstr("fits all: (alpha a) b, product, fma with C, bias"));
  EXPECT_THAT(fit_of(*make_planted(PlantedError::amax_after_scale)), HasSubstr(", after d_scale, NaN if"));
  const std::string blocks = fit_of(*make_planted(PlantedError::block_scales_regrouped));
  EXPECT_THAT(blocks, HasSubstr("a's first fits"));
  EXPECT_THAT(blocks, HasSubstr("as CUTLASS excluded by L6"));
}

}  // namespace
}  // namespace octavo::experiments::replay
