// octavo run formats: the figures of random tensors, and a model's tensors in the table.
#include "experiments/tensors/format_snr.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "experiments/store/runs/run_file.h"
#include "messages/error.h"
#include "tests/sim/text/temporary_folder.h"

namespace octavo::experiments {
namespace {

FormatSnrResult run(const FormatSnrFlags& flags) {
  return format_snr(flags, "octavo run formats", [](double, const std::string&) {});
}

const store::FormatRow& row(const FormatSnrResult& result, const std::string& source, const std::string& format,
                            const std::string& scaling, int bias = 1000) {
  for (const store::FormatRow& each : result.rows)
    if (each.source == source && each.format == format && each.scaling == scaling &&
        (bias == 1000 || each.bias == bias))
      return each;
  throw Error("no row of " + source + ", " + format + ", " + scaling);
}

// Known from the formats' own spacing: E4M3FNUZ 31.5 dB flat from 2^-4 to 2^5, 30.9 at 2^-6, 22.8 at 2^-8, 10.8 at
// 2^-10, 7.6 at 2^8; E5M2 25.5; INT8 40.5 at its peak and 6 dB less a halving. And with outliers, INT8 falls where E4M3
// does not.
TEST(FormatSnr, GivesTheKnownCurves) {
  FormatSnrFlags flags;
  flags.formats = {"e4m3fnuz", "e4m3", "e5m2", "int8", "mxfp8-e4m3", "mxint8", "nvfp4", "mxfp4"};
  flags.elements = 1 << 17;
  const FormatSnrResult result = run(flags);
  for (const auto& [bias, snr] :
       {std::pair(0, 31.5), {-4, 31.5}, {5, 31.5}, {-6, 30.9}, {-8, 22.8}, {-10, 10.8}, {8, 7.6}})
    EXPECT_NEAR(row(result, "gaussian", "e4m3fnuz", "cscale", bias).snr_db, snr, 0.2) << bias;
  EXPECT_NEAR(row(result, "gaussian", "e5m2", "cscale", -12).snr_db, 25.5, 0.2);
  EXPECT_NEAR(row(result, "gaussian", "e5m2", "cscale", 12).snr_db, 25.5, 0.2);
  EXPECT_NEAR(row(result, "gaussian", "int8", "cscale", 5).snr_db, 40.5, 0.3);
  EXPECT_NEAR(row(result, "gaussian", "int8", "cscale", 4).snr_db, 34.9, 0.3);
  EXPECT_NEAR(row(result, "gaussian", "mxfp8-e4m3", "mx").snr_db, 30.6, 0.9);
  EXPECT_NEAR(row(result, "gaussian", "mxint8", "mx").snr_db, 41.7, 0.9);
  EXPECT_NEAR(row(result, "gaussian", "mxfp4", "mx").snr_db, 18.8, 0.5);
  EXPECT_NEAR(row(result, "gaussian", "nvfp4", "nvfp4").snr_db, 20.4, 0.5);
  const double int8[] = {32.9, 23.3, 12.9, 3.5};
  const char* sources[] = {"gaussian, outliers of 10", "gaussian, outliers of 30", "gaussian, outliers of 100",
                           "gaussian, outliers of 300"};
  for (int i = 0; i < 4; ++i) {
    EXPECT_NEAR(row(result, sources[i], "e4m3fnuz", "amax").others_snr_db, 31.5, 0.3);
    EXPECT_NEAR(row(result, sources[i], "int8", "current").others_snr_db, int8[i], 0.5);
  }
  EXPECT_EQ(row(result, "gaussian", "e4m3", "amax").overflow_fraction, 0.0);
  const TemporaryFolder folder;
  store::write_file(folder.path() / "f.h5", store::Existing::refuse, result.header, {}, {}, store::Tables(result.rows));
  EXPECT_EQ(store::read_table<store::FormatRow>(folder.path() / "f.h5"), result.rows);
  EXPECT_EQ(nlohmann::json::parse(format_snr_json(result))["rows"].size(), result.rows.size());
  EXPECT_THAT(format_snr_text(result), testing::HasSubstr("gaussian, outliers of 300"));
}

std::string message(const FormatSnrFlags& flags) {
  try {
    run(flags);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(FormatSnr, RefusesScalesThatDescendOrLeaveTheRange) {
  EXPECT_THAT(message({.first_scale = 3, .last_scale = 2}), testing::HasSubstr("--scale 3:2: give FIRST:LAST"));
  EXPECT_THAT(message({.first_scale = -128, .last_scale = 2}), testing::HasSubstr("--scale -128:2: give FIRST:LAST"));
  EXPECT_THAT(message({.first_scale = 3, .last_scale = 128}), testing::HasSubstr("--scale 3:128: give FIRST:LAST"));
}

TEST(FormatSnr, RefusesNoElementsAndTooMany) {
  EXPECT_THAT(message({.elements = 0}), testing::HasSubstr("--elements is 0; give 1 to"));
  EXPECT_THAT(message({.elements = (std::int64_t{1} << 30) + 1}),
              testing::HasSubstr("--elements is 1073741825; give 1 to"));
}

TEST(FormatSnr, RefusesFormatsThatCastsDoNotTake) {
  EXPECT_THAT(message({.formats = {"fp16"}}), testing::HasSubstr("16 bits; casts take at most 8"));
  EXPECT_THAT(message({.formats = {"e8m0"}}), testing::HasSubstr("holds scales, not tensors"));
}

TEST(FormatSnr, RefusesFormatsThatAreNone) {
  EXPECT_THAT(message({.formats = {"e4m33"}}), testing::HasSubstr("did you mean 'e4m3'"));
}

}  // namespace
}  // namespace octavo::experiments
