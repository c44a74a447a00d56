// The table of conventions: what each gives for overflow, infinity and NaN, and that one of them is NVIDIA's header.
#include "formats/convention.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "formats/span/cast.h"
#include "messages/error.h"
#include "tests/formats/cuda_conversions.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
const float kNan = std::bit_cast<float>(0x7FC00000u);
const float kNegativeNan = std::bit_cast<float>(0xFFC00000u);

struct Row {
  const char* convention;
  Spec format;
  std::uint32_t overflow, infinity, negative_infinity, nan, negative_nan;
};

// ml_dtypes and onnx: printed by ml_dtypes 0.6.0 and by onnx 1.23's saturate_cast. PyTorch: Float8_e4m3fn.h, e5m2.h and
// fnuz_cvt.h. cuda: numbers of cuda_fp8.h.
const Row kRows[] = {
    {"cuda", e4m3, 0x7E, 0x7E, 0xFE, 0x7F, 0x7F},
    {"cuda", e5m2, 0x7B, 0x7B, 0xFB, 0x7F, 0x7F},
    {"transformer-engine", e4m3, 0x7E, 0x7E, 0xFE, 0x7F, 0x7F},
    {"transformer-engine", e5m2, 0x7B, 0x7B, 0xFB, 0x7F, 0x7F},
    {"pytorch", e4m3, 0x7F, 0x7F, 0xFF, 0x7F, 0xFF},
    {"pytorch", e5m2, 0x7C, 0x7C, 0xFC, 0x7F, 0xFF},
    {"pytorch", e4m3fnuz, 0x80, 0x80, 0x80, 0x80, 0x80},
    {"pytorch", e5m2fnuz, 0x80, 0x80, 0x80, 0x80, 0x80},
    {"ml_dtypes", e4m3, 0x7F, 0x7F, 0xFF, 0x7F, 0xFF},
    {"ml_dtypes", e4m3ieee, 0x78, 0x78, 0xF8, 0x7C, 0xFC},
    {"ml_dtypes", e3m4, 0x70, 0x70, 0xF0, 0x78, 0xF8},
    {"ml_dtypes", e5m2, 0x7C, 0x7C, 0xFC, 0x7E, 0xFE},
    {"ml_dtypes", e4m3fnuz, 0x80, 0x80, 0x80, 0x80, 0x80},
    {"ml_dtypes", e4m3b11fnuz, 0x80, 0x80, 0x80, 0x80, 0x80},
    {"onnx", e4m3, 0x7E, 0x7E, 0xFE, 0x7F, 0xFF},
    {"onnx", e5m2, 0x7B, 0x7B, 0xFB, 0x7E, 0xFE},
    {"onnx", e4m3fnuz, 0x7F, 0x7F, 0xFF, 0x80, 0x80},
    {"onnx", e5m2fnuz, 0x7F, 0x7F, 0xFF, 0x80, 0x80},
};

TEST(Convention, GivesTheCodesOfItsSoftware) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::string(row.convention) + " " + testing::PrintToString(row.format));
    const Convention& rule = convention(row.convention);
    const std::vector<float> x{1e30F, kInfinity, -kInfinity, kNan, kNegativeNan, 1.0F};
    std::vector<std::uint8_t> codes(x.size());
    encode(row.format, rule, x, codes);
    EXPECT_EQ(codes[0], row.overflow);
    EXPECT_EQ(codes[1], row.infinity);
    EXPECT_EQ(codes[2], row.negative_infinity);
    EXPECT_EQ(codes[3], row.nan);
    EXPECT_EQ(codes[4], row.negative_nan);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(codes[i], encode(row.format, rule, x[i]));
    EXPECT_EQ(codes[5], encode(row.format, Rounding::nearest_even, Overflow::saturate, 1));
  }
}

TEST(Convention, EveryRowIsTestedAndHasASource) {
  for (const Convention& row : kConventions) {
    EXPECT_EQ(&convention(row.name), &row);
    EXPECT_FALSE(row.source.empty());
    std::size_t tested = 0;
    for (const Row& known : kRows) tested += known.convention == row.name ? 1 : 0;
    EXPECT_GE(tested, 2u) << row.name;
  }
}

TEST(Convention, RefusesOthersWithTheNearestName) {
  try {
    convention("torch");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "unknown cast convention 'torch'; did you mean 'pytorch'?");
  }
}

#ifdef OCTAVO_HAS_CUDA_HEADERS
TEST(Convention, CudaIsTheHeader) {
  for (const Spec& format : {e4m3, e5m2}) {
    std::vector<float> x = tests::random_bit_floats(100000, 6);
    for (const float critical : tests::critical_floats(format)) x.push_back(critical);
    std::vector<std::uint8_t> codes(x.size());
    encode(format, convention("cuda"), x, codes);
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(codes[i], __nv_cvt_float_to_fp8(x[i], __NV_SATFINITE, tests::cuda_fp8(format)));
  }
}
#endif

}  // namespace
}  // namespace octavo::formats
