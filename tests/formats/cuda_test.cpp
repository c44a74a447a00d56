// NVIDIA's conversions on the host: every half and bfloat16, doubles, the small formats' other rounding, and widening.
#include "tests/formats/cuda_conversions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "formats/encode.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

#ifndef OCTAVO_HAS_CUDA_HEADERS

TEST(Cuda, NeedsTheToolkit) { GTEST_SKIP() << "cuda_fp8.h, cuda_fp6.h and cuda_fp4.h were not found"; }

#else

constexpr Overflow kOverflows[] = {Overflow::saturate, Overflow::special};

TEST(Cuda, EveryHalfToFp8) {
  for (const Spec& spec : {e4m3, e5m2}) {
    for (const auto overflow : kOverflows) {
      for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const __half_raw half{static_cast<unsigned short>(bits)};
        ASSERT_EQ(encode(spec, Rounding::nearest_even, overflow, decode(fp16, bits)),
                  __nv_cvt_halfraw_to_fp8(half, tests::cuda_overflow(overflow), tests::cuda_fp8(spec)))
            << testing::PrintToString(spec) << std::hex << ' ' << bits;
      }
    }
  }
}

TEST(Cuda, EveryBfloat16ToFp8AndE8m0) {
  for (const auto overflow : kOverflows) {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
      const __nv_bfloat16_raw brain{static_cast<unsigned short>(bits)};
      const double x = decode(bf16, bits);
      for (const Spec& spec : {e4m3, e5m2})
        ASSERT_EQ(encode(spec, Rounding::nearest_even, overflow, x),
                  __nv_cvt_bfloat16raw_to_fp8(brain, tests::cuda_overflow(overflow), tests::cuda_fp8(spec)))
            << testing::PrintToString(spec) << std::hex << ' ' << bits;
      for (const auto rounding : {Rounding::toward_zero, Rounding::up})
        ASSERT_EQ(encode(e8m0, rounding, overflow, x),
                  __nv_cvt_bfloat16raw_to_e8m0(brain, tests::cuda_overflow(overflow), tests::cuda_rounding(rounding)))
            << std::hex << bits;
    }
  }
}

TEST(Cuda, EveryHalfAndBfloat16ToFp6AndFp4) {
  for (const Spec& spec : {e2m3, e3m2, e2m1}) {
    for (const Spec& source : {fp16, bf16}) {
      for (const auto rounding : {Rounding::nearest_even, Rounding::toward_zero}) {
        for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
          const double x = decode(source, bits);
          ASSERT_EQ(encode(spec, rounding, Overflow::saturate, x),
                    tests::cuda_small(spec, rounding, static_cast<float>(x)))
              << testing::PrintToString(spec) << std::hex << ' ' << bits;
        }
      }
    }
  }
}

/// Doubles near the boundaries and random ones. NVIDIA's keeps the sign and payload of a NaN double; ours gives the
/// canonical NaN, as NVIDIA's own float path does.
TEST(Cuda, DoublesAreRoundedOnce) {
  std::mt19937_64 generator(9);
  for (const Spec& spec : {e4m3, e5m2}) {
    std::vector<double> points;
    for (const float x : tests::critical_floats(spec)) {
      if (std::isnan(x)) continue;
      for (const double toward : {-HUGE_VAL, HUGE_VAL}) points.push_back(std::nextafter(double{x}, toward));
      points.push_back(x);
    }
    for (int i = 0; i < 200000; ++i)
      points.push_back(std::ldexp(static_cast<double>(static_cast<std::int64_t>(generator())),
                                  static_cast<int>(generator() % 48) - 84));
    for (const double x : points) {
      for (const auto overflow : kOverflows) {
        ASSERT_EQ(encode(spec, Rounding::nearest_even, overflow, x),
                  __nv_cvt_double_to_fp8(x, tests::cuda_overflow(overflow), tests::cuda_fp8(spec)))
            << testing::PrintToString(spec) << std::hexfloat << ' ' << x;
      }
    }
  }
}

TEST(Cuda, E8m0IgnoresTheSign) {
  for (const float x : tests::random_bit_floats(100000, 4)) {
    for (const auto rounding : {Rounding::toward_zero, Rounding::up}) {
      for (const auto overflow : kOverflows) {
        ASSERT_EQ(encode(e8m0, rounding, overflow, x),
                  __nv_cvt_float_to_e8m0(x, tests::cuda_overflow(overflow), tests::cuda_rounding(rounding)))
            << std::hexfloat << x;
      }
    }
  }
}

/// A half as a double, by our own decode; NVIDIA's conversions to half keep every value exactly.
double widened(const __half_raw& half) { return decode(fp16, half.x); }

void expect_same(double ours, double theirs, const Spec& spec, std::uint32_t code) {
  EXPECT_EQ(std::isnan(ours), std::isnan(theirs)) << testing::PrintToString(spec) << ' ' << code;
  if (std::isnan(ours)) return;
  EXPECT_EQ(ours, theirs) << testing::PrintToString(spec) << ' ' << code;
  EXPECT_EQ(std::signbit(ours), std::signbit(theirs)) << testing::PrintToString(spec) << ' ' << code;
}

TEST(Cuda, EveryCodeWidensToTheSameValue) {
  for (std::uint32_t code = 0; code < 256; ++code) {
    const auto byte = static_cast<std::uint8_t>(code);
    for (const Spec& spec : {e4m3, e5m2})
      expect_same(decode(spec, code), widened(__nv_cvt_fp8_to_halfraw(byte, tests::cuda_fp8(spec))), spec, code);
    expect_same(decode(e8m0, code), decode(bf16, __nv_cvt_e8m0_to_bf16raw(byte).x), e8m0, code);
    if (code < 64) {
      expect_same(decode(e2m3, code), widened(__nv_cvt_fp6_to_halfraw(byte, __NV_E2M3)), e2m3, code);
      expect_same(decode(e3m2, code), widened(__nv_cvt_fp6_to_halfraw(byte, __NV_E3M2)), e3m2, code);
    }
    if (code < 16) expect_same(decode(e2m1, code), widened(__nv_cvt_fp4_to_halfraw(byte, __NV_E2M1)), e2m1, code);
  }
}

#endif

}  // namespace
}  // namespace octavo::formats
