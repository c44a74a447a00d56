// Scalings as words: what is read, what is printed, what is refused.
#include "scaling/recipe/policy_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages/error.h"

namespace octavo::scaling {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string error_of(std::string_view text) {
  try {
    parse_scaling(text, "--scaling");
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "accepted";
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

TEST(PolicyText, RefusesInOneLine) {
  EXPECT_THAT(error_of("amex"), AllOf(HasSubstr("--scaling: unknown scaling 'amex'"), HasSubstr("did you mean amax")));
  EXPECT_THAT(error_of("amax\n"), HasSubstr("'amax?'"));
  EXPECT_THAT(error_of(""), HasSubstr("unknown scaling ''"));
  EXPECT_THAT(error_of("amax:128"), HasSubstr("an integer from 0 to 127"));
  EXPECT_THAT(error_of("amax:"), HasSubstr("an integer from 0 to 127"));
  EXPECT_THAT(error_of("amax:1:2"), HasSubstr("amax takes no setting '2'"));
  EXPECT_THAT(error_of("cscale"), HasSubstr("needs a value"));
  EXPECT_THAT(error_of("cscale:128"), HasSubstr("from -127 to 127"));
  EXPECT_THAT(error_of("current:pow3"), HasSubstr("give pow2 or nothing"));
  EXPECT_THAT(error_of("delayed:0"), HasSubstr("from 1 to 1048576"));
  EXPECT_THAT(error_of("delayed:4:mean"), HasSubstr("give max or most_recent"));
  EXPECT_THAT(error_of("percentile:0"), HasSubstr("a number from 0.01 to 100"));
  EXPECT_THAT(error_of("percentile:nan"), HasSubstr("a number from 0.01 to 100"));
  EXPECT_THAT(error_of("percentile:101"), HasSubstr("a number from 0.01 to 100"));
  EXPECT_THAT(error_of("amax@"), HasSubstr("give tensor, row, column or ROWSxCOLUMNS"));
  for (const char* granularity :
       {"amax@0x1", "amax@1x", "amax@x1", "amax@-1x1", "amax@1x99999999999999999999", "amax@1*1"})
    EXPECT_THAT(error_of(granularity), HasSubstr("such as 1x128")) << granularity;
  EXPECT_THAT(error_of("delayed@row"), HasSubstr("history of a whole tensor"));
}

}  // namespace
}  // namespace octavo::scaling
