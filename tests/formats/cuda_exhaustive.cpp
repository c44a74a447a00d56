// All 2^32 floats: encode, alone and over spans, equals NVIDIA's conversions on the host.
#include "tests/formats/cuda_conversions.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "formats/encode.h"
#include "formats/span/quantize.h"
#include "tests/formats/every_float.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

#ifndef OCTAVO_HAS_CUDA_HEADERS

TEST(CudaExhaustive, NeedsTheToolkit) { GTEST_SKIP() << "cuda_fp8.h, cuda_fp6.h and cuda_fp4.h were not found"; }

#else

// The format and the modes are template arguments because their being known to the compiler halves the time.
template <Spec format, Overflow overflow>
std::uint64_t fp8_mismatches() {
  return tests::count_in_every_float([](std::uint32_t, std::span<const float> floats) {
    thread_local std::vector<std::uint8_t> codes(tests::kStretchFloats);
    encode(format, overflow, floats, 1.0F, codes);
    std::uint64_t mismatches = 0;
    for (std::size_t i = 0; i < floats.size(); ++i) {
      const std::uint32_t theirs =
          __nv_cvt_float_to_fp8(floats[i], tests::cuda_overflow(overflow), tests::cuda_fp8(format));
      const std::uint32_t ours = encode(format, Rounding::nearest_even, overflow, floats[i]);
      mismatches += ours != theirs || codes[i] != theirs ? 1 : 0;
    }
    return mismatches;
  });
}

TEST(CudaExhaustive, E4m3Satfinite) { EXPECT_EQ((fp8_mismatches<e4m3, Overflow::saturate>()), 0u); }
TEST(CudaExhaustive, E4m3Nosat) { EXPECT_EQ((fp8_mismatches<e4m3, Overflow::special>()), 0u); }
TEST(CudaExhaustive, E5m2Satfinite) { EXPECT_EQ((fp8_mismatches<e5m2, Overflow::saturate>()), 0u); }
TEST(CudaExhaustive, E5m2Nosat) { EXPECT_EQ((fp8_mismatches<e5m2, Overflow::special>()), 0u); }

template <Rounding rounding, Overflow overflow>
std::uint64_t e8m0_mismatches() {
  return tests::count_in_every_float([](std::uint32_t first, std::span<const float> floats) {
    std::uint64_t mismatches = 0;
    if ((first >> 31) != 0) return mismatches;  // the sign is ignored: cuda_test.cpp looks at negative ones
    for (const float x : floats) {
      const std::uint32_t theirs =
          __nv_cvt_float_to_e8m0(x, tests::cuda_overflow(overflow), tests::cuda_rounding(rounding));
      mismatches += encode(e8m0, rounding, overflow, x) != theirs ? 1 : 0;
    }
    return mismatches;
  });
}

TEST(CudaExhaustive, E8m0) {
  EXPECT_EQ((e8m0_mismatches<Rounding::toward_zero, Overflow::saturate>()), 0u);
  EXPECT_EQ((e8m0_mismatches<Rounding::toward_zero, Overflow::special>()), 0u);
  EXPECT_EQ((e8m0_mismatches<Rounding::up, Overflow::saturate>()), 0u);
  EXPECT_EQ((e8m0_mismatches<Rounding::up, Overflow::special>()), 0u);
}

template <Spec format>
std::uint64_t small_mismatches() {
  return tests::count_in_every_float([](std::uint32_t, std::span<const float> floats) {
    thread_local std::vector<std::uint8_t> codes(tests::kStretchFloats);
    encode(format, Overflow::saturate, floats, 1.0F, codes);
    std::uint64_t mismatches = 0;
    for (std::size_t i = 0; i < floats.size(); ++i)
      mismatches += codes[i] != tests::cuda_small(format, Rounding::nearest_even, floats[i]) ? 1 : 0;
    return mismatches;
  });
}

TEST(CudaExhaustive, Fp6AndFp4) {
  EXPECT_EQ(small_mismatches<e2m3>(), 0u);
  EXPECT_EQ(small_mismatches<e3m2>(), 0u);
  EXPECT_EQ(small_mismatches<e2m1>(), 0u);
}

#endif

}  // namespace
}  // namespace octavo::formats
