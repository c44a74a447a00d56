// All 2^32 floats: encode, alone and over spans, equals NVIDIA's conversions on the host.
#include "tests/formats/cuda_conversions.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "formats/encode.h"
#include "formats/quantize.h"
#include "tests/formats/every_float.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

#ifndef OCTAVO_HAS_CUDA_HEADERS

TEST(CudaExhaustive, NeedsTheToolkit) { GTEST_SKIP() << "cuda_fp8.h, cuda_fp6.h and cuda_fp4.h were not found"; }

#else

class CudaExhaustive : public testing::TestWithParam<Overflow> {};
INSTANTIATE_TEST_SUITE_P(Overflow, CudaExhaustive, testing::Values(Overflow::saturate, Overflow::special),
                         [](const auto& mode) { return mode.param == Overflow::saturate ? "satfinite" : "nosat"; });

/// `format` is known to the compiler, for speed.
template <Spec format>
std::uint64_t fp8_mismatches(Overflow overflow) {
  return tests::count_in_every_float([&](std::uint32_t, std::span<const float> floats) {
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

TEST_P(CudaExhaustive, E4m3) { EXPECT_EQ(fp8_mismatches<e4m3>(GetParam()), 0u); }
TEST_P(CudaExhaustive, E5m2) { EXPECT_EQ(fp8_mismatches<e5m2>(GetParam()), 0u); }

TEST_P(CudaExhaustive, E8m0) {
  for (const auto rounding : {Rounding::toward_zero, Rounding::up}) {
    const auto check = [&](std::uint32_t first, std::span<const float> floats) {
      std::uint64_t mismatches = 0;
      if ((first >> 31) != 0) return mismatches;  // the sign is ignored: cuda_test.cpp looks at negative ones
      for (const float x : floats) {
        const std::uint32_t theirs =
            __nv_cvt_float_to_e8m0(x, tests::cuda_overflow(GetParam()), tests::cuda_rounding(rounding));
        mismatches += encode(e8m0, rounding, GetParam(), x) != theirs ? 1 : 0;
      }
      return mismatches;
    };
    EXPECT_EQ(tests::count_in_every_float(check), 0u);
  }
}

TEST(CudaExhaustive, Fp6AndFp4) {
  for (const Spec& spec : {e2m3, e3m2, e2m1}) {
    const auto check = [&](std::uint32_t, std::span<const float> floats) {
      thread_local std::vector<std::uint8_t> codes(tests::kStretchFloats);
      encode(spec, Overflow::saturate, floats, 1.0F, codes);
      std::uint64_t mismatches = 0;
      for (std::size_t i = 0; i < floats.size(); ++i)
        mismatches += codes[i] != tests::cuda_small(spec, Rounding::nearest_even, floats[i]) ? 1 : 0;
      return mismatches;
    };
    EXPECT_EQ(tests::count_in_every_float(check), 0u) << testing::PrintToString(spec);
  }
}

#endif

}  // namespace
}  // namespace octavo::formats
