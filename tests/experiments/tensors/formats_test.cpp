// The tables of octavo formats, against published values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "experiments/tensors/formats_output.h"
#include "formats/catalog.h"
#include "messages/error.h"

namespace octavo::experiments {
namespace {

using nlohmann::json;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST(Formats, CatalogueHasALineForEachFormat) {
  const std::string text = catalog_text();
  for (const formats::CatalogEntry& entry : formats::catalog())
    EXPECT_THAT(text, HasSubstr("\n" + std::string(entry.name) + " ")) << entry.name;
  EXPECT_THAT(text, ContainsRegex("\ne4m3 +4 +3 +7 +448 +0.001953 +OCP OFP8"));
  EXPECT_THAT(text, ContainsRegex("\ne8m0 +8 +0 +127 +1.701e\\+38 +5.877e-39 "));
  EXPECT_THAT(text, ContainsRegex("\nmxfp4 +e2m1 +1 x 32 +e8m0 +4.25 +OCP MX"));
  EXPECT_THAT(text, ContainsRegex("\ndeepseek-1x128 +e4m3 +1 x 128 +fp32 +8.25 +DeepSeek"));
  const json entries = json::parse(catalog_json());
  ASSERT_EQ(entries.size(), formats::catalog().size());
  EXPECT_EQ(entries[1]["name"], "e5m2");
  EXPECT_EQ(entries[1]["max"], 57344);
  EXPECT_EQ(entries[1]["min_subnormal"], 0x1p-16);
}

TEST(Formats, ShowsTheLimitsAndCodesOfE4m3) {
  const std::string text = format_text("e4m3");
  EXPECT_THAT(text, ContainsRegex("\nmax +448  \\(code 7e\\)\n"));
  EXPECT_THAT(text, ContainsRegex("\nNaN code +7f\ninfinity code +-\nfinite values +253\n"));
  EXPECT_THAT(text, ContainsRegex("\n00 +0 +40 +2 +80 +-0 +c0 +-2\n"));
  EXPECT_THAT(text, ContainsRegex("\n3e +1.75 +7e +448 +be +-1.75 +fe +-448\n"));

  const json format = json::parse(format_json("e4m3"));
  ASSERT_EQ(format["codes"].size(), 256U);
  EXPECT_EQ(format["codes"][0x7e], json({{"code", 0x7e}, {"hex", "7e"}, {"value", 448.0}}));
  EXPECT_EQ(format["codes"][1]["value"], 0x1p-9);
  EXPECT_EQ(format["codes"][0x7f]["value"], "nan");
  EXPECT_TRUE(std::signbit(format["codes"][0x80]["value"].get<double>()));
  EXPECT_EQ(format["infinity_code"], nullptr);
  EXPECT_EQ(format["nan_code"], 0x7f);
}

TEST(Formats, NamesInfinities) {
  const json codes = json::parse(format_json("e5m2"))["codes"];
  EXPECT_EQ(codes[0x7c]["value"], "inf");
  EXPECT_EQ(codes[0xfc]["value"], "-inf");
  EXPECT_THAT(format_text("e5m2"), ContainsRegex("\n3c +1 +7c +inf +bc +-1 +fc +-inf\n"));
}

TEST(Formats, TabulatesEveryCodeOfSmallFormatsOnly) {
  for (const char* name : {"e1m0none", "e2m1", "e3m2", "e8m0", "e4m3b-3"}) {
    const json format = json::parse(format_json(name));
    EXPECT_EQ(format["codes"].size(), 1U << format["bits"].get<unsigned>()) << name;
    EXPECT_EQ(format["name"], name);
  }
  EXPECT_THAT(format_text("e2m1"), ContainsRegex("\n0 +0 +4 +2 +8 +-0 +c +-2\n"));
  EXPECT_THAT(format_text("fp16"), Not(HasSubstr("\ncode")));
  EXPECT_FALSE(json::parse(format_json("fp16")).contains("codes"));
}

TEST(Formats, ExplainsBlockFormats) {
  const std::string nvfp4 = format_text("nvfp4");
  EXPECT_THAT(nvfp4, HasSubstr("NVIDIA: 16 of e2m1"));
  EXPECT_THAT(nvfp4, ContainsRegex("\nblock +1 x 16 elements"));
  EXPECT_THAT(nvfp4, HasSubstr("g = 448 x 6 / amax of the tensor"));
  EXPECT_THAT(nvfp4, ContainsRegex("\nbits an element +4.5\n"));
  EXPECT_THAT(nvfp4, HasSubstr("{ format = \"e2m1\", scaling = \"nvfp4\" }"));
  EXPECT_THAT(format_text("MXFP8_E4M3"), HasSubstr("mxfp8-e4m3: OCP MX: 32 of e4m3 under a power of two"));
  EXPECT_THAT(format_text("mxfp8-e4m3"), HasSubstr("2^(floor(log2(amax of the block)) - 8)"));
  EXPECT_EQ(json::parse(format_json("mxfp8-e4m3"))["element"], "e4m3");
  EXPECT_EQ(json::parse(format_json("deepseek-128x128"))["scale"], "fp32");
}

TEST(Formats, SaysWhatOthersCallThem) {
  EXPECT_THAT(format_text("torch.float8_e4m3fn"), HasSubstr("also called: float8_e4m3fn (torch, ml_dtypes), "));
  EXPECT_THAT(format_text("e3m4b5"), Not(HasSubstr("also called")));
}

TEST(Formats, RefusesUnknownNamesWithNearOnes) {
  for (const auto& show : {format_text, format_json}) {
    try {
      show("e4m33");
      FAIL() << "accepted";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("unknown format 'e4m33'; did you mean 'e4m3'?"));
    }
  }
}

}  // namespace
}  // namespace octavo::experiments
