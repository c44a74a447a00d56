// Native kernels against the emulator, bit for bit. Skips where there is no GPU.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <filesystem>
#include <random>

#include "cuda/gpu.h"
#include "experiments/capture/capture.h"
#include "experiments/replay/compare.h"
#include "experiments/replay/compare_output.h"
#include "formats/encode.h"
#include "scaling/policy/amax.h"
#include "tests/experiments/store/runs/sample.h"

namespace octavo::cuda {
namespace {

class Kernels : public testing::Test {
 protected:
  void SetUp() override {
    const std::string why = why_no_gpu();
    if (!why.empty()) GTEST_SKIP() << why;
  }
};

/// Every family: recorded on this GPU, read back, compared.
TEST_F(Kernels, EveryFamilyGivesTheBitsOfTheEmulator) {
  using namespace experiments;
  const experiments::store::TemporaryFolder folder;
  const std::unique_ptr<capture::Executor> gpu = capture::make_gpu_executor();
  const std::vector<capture::FamilyCount> counts =
      capture::capture(*gpu, capture::families(), {.seed = 11, .count = capture::kSmallCount, .target = gpu->target()},
                       folder / "cases.h5", false, [](double, const std::string&) {});
  for (const capture::FamilyCount& one : counts) EXPECT_TRUE(one.unwritten.empty()) << one.unwritten.front();
  for (const experiments::store::Case& one : replay::read_case_file(folder / "cases.h5")) {
    const replay::CaseComparison comparison = replay::compare_case("cases.h5", one, {});
    EXPECT_EQ(0, comparison.mismatches) << replay::comparison_text(comparison, false);
  }
}

std::vector<float> gaussians(std::int64_t count, float scale) {
  std::mt19937 random(5);
  std::vector<float> x;
  for (std::int64_t i = 0; i < count; ++i) {
    double sum = -6;
    for (int j = 0; j < 12; ++j) sum += static_cast<double>(random()) / 4294967296.0;
    x.push_back(static_cast<float>(sum) * scale);
  }
  return x;
}

std::uint8_t expected_code(const formats::Spec& spec, float x, int bias) {
  return static_cast<std::uint8_t>(formats::encode(spec, formats::Rounding::nearest_even, formats::Overflow::saturate,
                                                   std::ldexp(static_cast<double>(x), bias)));
}

TEST_F(Kernels, CastIsTheAmaxPolicyWithTailsAndTransposed) {
  const std::unique_ptr<Gpu> gpu = open_gpu();
  if (gpu->device().target != "sm90") GTEST_SKIP() << "the fused cast is compiled for sm90";
  for (const auto& [format, spec] : {std::pair{Fp8::e4m3, formats::e4m3}, {Fp8::e5m2, formats::e5m2}}) {
    for (const auto& [rows, columns] :
         {std::pair<std::int64_t, std::int64_t>{64, 128}, {65, 127}, {1, 3}, {300, 260}}) {
      const std::vector<float> x = gaussians(rows * columns, 0.03F);
      std::vector<std::uint8_t> transposed;
      const Gpu::Cast cast = gpu->cast(format, x, rows, columns, 0, &transposed);
      float amax = 0;
      for (const float value : x) amax = std::max(amax, std::fabs(value));
      scaling::Observation observed;
      observed.amax.value = amax;
      const int bias = scaling::Amax{}.bias(spec, observed);
      ASSERT_EQ(bias, cast.bias);
      EXPECT_EQ(std::bit_cast<std::uint32_t>(amax), cast.amax_bits);
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < columns; ++j) {
          const auto at = static_cast<std::size_t>(i * columns + j);
          ASSERT_EQ(expected_code(spec, x[at], bias), cast.codes[at]);
          ASSERT_EQ(cast.codes[at], transposed[static_cast<std::size_t>(j * rows + i)]);
        }
      }
    }
  }
}

TEST_F(Kernels, BlockCastIsTheAmaxPolicyOfEachBlock) {
  const std::unique_ptr<Gpu> gpu = open_gpu();
  if (gpu->device().target != "sm90") GTEST_SKIP() << "the block cast is compiled for sm90";
  constexpr std::int64_t kRows = 5;
  constexpr std::int64_t kColumns = 300;
  std::vector<float> x = gaussians(kRows * kColumns, 2.0F);
  for (std::size_t i = 128; i < 256; ++i) x[i] = 0;
  const Gpu::BlockCast cast = gpu->block_cast(Fp8::e4m3, x, kRows, kColumns);
  for (std::int64_t row = 0; row < kRows; ++row) {
    for (std::int64_t block = 0; block < 3; ++block) {
      scaling::Observation observed;
      observed.amax.value = 0;
      const std::int64_t end = std::min(kColumns, (block + 1) * 128);
      for (std::int64_t j = block * 128; j < end; ++j)
        observed.amax.value = std::max(observed.amax.value, std::fabs(x[static_cast<std::size_t>(row * kColumns + j)]));
      const int bias = scaling::Amax{}.bias(formats::e4m3, observed);
      ASSERT_EQ(bias, cast.biases[static_cast<std::size_t>(row * 3 + block)]);
      for (std::int64_t j = block * 128; j < end; ++j) {
        const auto at = static_cast<std::size_t>(row * kColumns + j);
        ASSERT_EQ(expected_code(formats::e4m3, x[at], bias), cast.codes[at]);
      }
    }
  }
}

}  // namespace
}  // namespace octavo::cuda
