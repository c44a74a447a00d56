// Scalings as words: what is read, what is printed, what is refused.
#include "scaling/recipe/policy_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/refusal.h"

namespace octavo::scaling {
namespace {

using testing::StartsWith;

std::string error_of(std::string_view text) {
  return tests::refusal([&] { parse_scaling(text, "--scaling"); });
}

TEST(PolicyText, ReadsAndPrintsTheShortestForm) {
  const struct {
    std::string_view text;
    Scaling scaling;
    std::string_view shortest;
  } table[] = {
      {"amax", {Amax{}}, "amax"},
      {"amax:0", {Amax{}}, "amax"},
      {"amax:3@row", {Amax{3}, kRow}, "amax:3@row"},
      {"cscale:-2", {Cscale{-2}}, "cscale:-2"},
      {"cscale:0", {Cscale{0}}, "cscale:0"},
      {"current", {Current{}}, "current"},
      {"current:pow2@1x128", {Current{true}, block(1, 128)}, "current:pow2@1x128"},
      {"delayed", {Delayed{}}, "delayed"},
      {"delayed:16", {Delayed{16}}, "delayed:16"},
      {"delayed:1024:most_recent", {Delayed{1024, AmaxAlgorithm::most_recent}}, "delayed:1024:most_recent"},
      {"delayed:1024:max:2", {Delayed{1024, AmaxAlgorithm::max, 2}}, "delayed:1024:max:2"},
      {"fp8-lm:1", {Fp8Lm{1}}, "fp8-lm:1"},
      {"mse", {LeastError{}}, "mse"},
      {"percentile:99.99", {Percentile{99.99}}, "percentile:99.99"},
      {"percentile", {Percentile{}}, "percentile"},
      {"entropy@tensor", {Entropy{}}, "entropy"},
      {"unit@column", {Unit{}, kColumn}, "unit@column"},
      {"mx", {Mx{}, block(1, 32)}, "mx"},
      {"mx:rceil@1x16", {Mx{MxRounding::rceil}, block(1, 16)}, "mx:rceil@1x16"},
      {"mx@tensor", {Mx{}, kTensor}, "mx@tensor"},
      {"nvfp4", {Nvfp4{}, block(1, 16)}, "nvfp4"},
  };
  for (const auto& row : table) {
    EXPECT_EQ(parse_scaling(row.text, "--scaling"), row.scaling) << row.text;
    EXPECT_EQ(to_text(row.scaling), row.shortest);
  }
}

constexpr std::string_view kForms =
    "orms: amax[:MARGIN], cscale:BIAS, current[:pow2], delayed[:HISTORY[:max|most_recent[:MARGIN]]], "
    "fp8-lm[:WINDOW[:MARGIN]], mse, percentile[:PERCENT], entropy, unit, mx[:floor|rceil], nvfp4, each with @tensor, "
    "@row, @column or @ROWSxCOLUMNS";

TEST(PolicyText, RefusesUnknownNamesWithTheNearestAndTheForms) {
  EXPECT_EQ(error_of("amex"), "--scaling: unknown scaling 'amex'; did you mean 'amax'? F" + std::string(kForms));
  EXPECT_EQ(error_of(""), "--scaling: unknown scaling ''; none is like it. F" + std::string(kForms));
}

TEST(PolicyText, RefusesInOneLineWhateverTheTextSays) {
  EXPECT_THAT(error_of("amax\n"), StartsWith("--scaling: unknown scaling 'amax?'; "));
}

TEST(PolicyText, RefusesSettingsOutOfTheirRange) {
  EXPECT_EQ(error_of("amax:128"), "--scaling: margin '128' of amax: give an integer from 0 to 127");
  EXPECT_EQ(error_of("amax:"), "--scaling: margin '' of amax: give an integer from 0 to 127");
  EXPECT_EQ(error_of("cscale:128"), "--scaling: bias '128' of cscale: give an integer from -127 to 127");
  EXPECT_EQ(error_of("delayed:0"), "--scaling: history '0' of delayed: give an integer from 1 to 1048576");
  for (const std::string percent : {"0", "nan", "101"})
    EXPECT_EQ(error_of("percentile:" + percent),
              "--scaling: percent '" + percent + "' of percentile: give a number from 0.01 to 100");
}

TEST(PolicyText, RefusesSettingsThatAPolicyHasNot) {
  EXPECT_EQ(error_of("amax:1:2"), "--scaling: amax takes no setting '2'; f" + std::string(kForms));
  EXPECT_EQ(error_of("cscale"), "--scaling: cscale needs a value, such as cscale:-3");
  EXPECT_EQ(error_of("current:pow3"), "--scaling: 'pow3' of current: give pow2 or nothing");
  EXPECT_EQ(error_of("delayed:4:mean"), "--scaling: algorithm 'mean' of delayed: give max or most_recent");
}

TEST(PolicyText, RefusesOtherGranularities) {
  for (const std::string granularity : {"", "0x1", "1x", "x1", "-1x1", "1x99999999999999999999", "1*1"})
    EXPECT_EQ(error_of("amax@" + granularity),
              "--scaling: granularity '" + granularity + "': give tensor, row, column or ROWSxCOLUMNS such as 1x128");
  EXPECT_EQ(error_of("delayed@row"),
            "--scaling: delayed and fp8-lm keep the history of a whole tensor; leave out granularity row");
}

}  // namespace
}  // namespace octavo::scaling
