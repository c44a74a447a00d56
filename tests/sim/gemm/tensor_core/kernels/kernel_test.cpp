// The vector kernels against the scalar reference, bit by bit, on every instruction set of this machine.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "tests/sim/gemm/tensor_core/families.h"

#include "machine/threads.h"

namespace octavo::sim::gemm {
namespace {

using formats::Accumulator;
using formats::e4m3;
using formats::e5m2;

constexpr struct {
  const char* name;
  Accumulator accumulator;
} kRows[] = {{"hopper-wgmma", Accumulator::f32},  {"hopper-wgmma", Accumulator::f16}, {"ada-mma", Accumulator::f32},
             {"ada-mma", Accumulator::f16},       {"hopper-mma", Accumulator::f32},   {"hopper-mma", Accumulator::f16},
             {"blackwell-mma", Accumulator::f32}, {"blackwell-mma", Accumulator::f16}};

TEST(TensorCoreKernel, EqualsTheReferenceOnEveryFamily) {
  std::uint64_t seed = 0;
  for (const auto& row : kRows)
    for (const Family family : kFamilies)
      for (const auto& a : {e4m3, e5m2})
        for (const auto& b : {e4m3, e5m2}) {
          const bool accumulate = ++seed % 2 == 0;
          Comparison({.product = {.architecture = row.name, .accumulator = row.accumulator},
                      .a_format = a,
                      .b_format = b,
                      .family = family,
                      .m = 5,
                      .n = 67,
                      .k = 128,
                      .accumulate = accumulate,
                      .seed = seed})
              .check();
        }
}

TEST(TensorCoreKernel, TakesAddendsOfEveryMagnitude) {
  for (const auto& row : kRows)
    for (const Family family : {Family::gaussian, Family::sparse, Family::uniform_bits})
      for (const std::int64_t promotion : {0, 64})
        Comparison({.product = {.architecture = row.name, .accumulator = row.accumulator, .promotion = promotion},
                    .family = family,
                    .m = 9,
                    .n = 70,
                    .k = 64,
                    .accumulate = true,
                    .every_magnitude = true,
                    .seed = 7})
            .check();
}

TEST(TensorCoreKernel, TakesAddendsOfEveryExponent) {
  // On both sides of the limits beyond which the reference takes over, beside no, tiny and huge products.
  std::vector<float> c;
  for (int exponent = -149; exponent <= 127; ++exponent)
    for (const float significand : {1.0f, -1.0f, 1.75f, -0x1.fffffep0f}) c.push_back(std::ldexp(significand, exponent));
  for (const auto& row : kRows)
    for (const Family family : {Family::sparse, Family::subnormals_and_zeros, Family::huge_and_tiny})
      Comparison({.product = {.architecture = row.name, .accumulator = row.accumulator},
                  .a_format = e5m2,
                  .b_format = family == Family::sparse ? e4m3 : e5m2,
                  .family = family,
                  .m = 6,
                  .n = 277,
                  .k = 64,
                  .accumulate = true,
                  .seed = 31,
                  .c = c})
          .check();
}

TEST(TensorCoreKernel, LosesNothingUpToTheLastBit) {
  // Addends around the largest and the finest that sums of such operands take without a cut.
  std::vector<float> c;
  for (int exponent = -14; exponent <= 22; ++exponent)
    for (const float significand : {1.0f, -1.5f, 0x1.fffffep0f, -0x1.000002p0f})
      c.push_back(std::ldexp(significand, exponent));
  for (const auto& row : kRows)
    for (const std::int64_t k : {32, 64, 256})
      for (const bool accumulate : {false, true})
        Comparison({.product = {.architecture = row.name, .accumulator = row.accumulator},
                    .family = Family::bounded_span,
                    .m = 61,
                    .n = 148,
                    .k = k,
                    .accumulate = accumulate,
                    .seed = static_cast<std::uint64_t>(41 + k),
                    .c = c})
            .check();
}

TEST(TensorCoreKernel, GivesTheSameBitsOnAnyNumberOfThreads) {
  const Comparison comparison({.family = Family::nan_and_infinity, .m = 520, .n = 300, .k = 160, .seed = 37});
  const int before = machine::threads();
  machine::use_threads(1);
  const std::vector<float> one = comparison.run(StepRung::fused, machine::instruction_set());
  machine::use_threads(3);
  const std::vector<float> three = comparison.run(StepRung::fused, machine::instruction_set());
  machine::use_threads(before);
  EXPECT_EQ(0, std::memcmp(one.data(), three.data(), one.size() * sizeof(float)));
}

TEST(TensorCoreKernel, PromotesSplitsAndFillsUp) {
  for (const auto& row : kRows)
    for (const std::int64_t promotion : {0, 32, 128})
      for (const int parts : {1, 3})
        Comparison({.product = {.architecture = row.name,
                                .accumulator = row.accumulator,
                                .promotion = promotion,
                                .split = {.parts = parts, .tile = 64, .order = SplitOrder::pairwise}},
                    .b_format = e5m2,
                    .m = 6,
                    .n = 65,
                    .k = 300,
                    .accumulate = parts == 1,
                    .seed = 11})
            .check();
}

TEST(TensorCoreKernel, TakesRaggedShapes) {
  for (const std::int64_t m : {1, 4, 515})
    for (const std::int64_t n : {1, 63, 64, 130})
      for (const std::int64_t k : {1, 32, 33, 96})
        Comparison({.m = m == 515 && n != 63 ? 3 : m, .n = n, .k = k, .accumulate = true, .seed = 13}).check();
}

TEST(TensorCoreKernel, TakesSeveralBlocksOfRowsPanelsAndDepth) {
  Comparison({.m = 515, .n = 66, .k = 300, .accumulate = true, .seed = 19}).check();
  Comparison({.m = 3, .n = 2100, .k = 288, .seed = 23}).check();
  Comparison({.product = {.promotion = 128, .split = {.parts = 2, .tile = 32}},
              .family = Family::nan_and_infinity,
              .m = 3,
              .n = 2050,
              .k = 700,
              .seed = 29})
      .check();
}

TEST(TensorCoreKernel, TakesSmallFormatsOnBlackwell) {
  for (const auto& format : {formats::e3m2, formats::e2m3, formats::e2m1})
    Comparison({.product = {.architecture = "blackwell-tcgen05"},
                .a_format = format,
                .family = Family::uniform_bits,
                .seed = 17})
        .check();
}

}  // namespace
}  // namespace octavo::sim::gemm
