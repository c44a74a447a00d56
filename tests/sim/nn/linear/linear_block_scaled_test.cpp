// A linear layer on block-scaled tensor cores.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "sim/gemm/catalog/engines.h"
#include "sim/gemm/tensor_core/promote.h"
#include "sim/nn/linear/linear.h"
#include "tests/refusal.h"

namespace octavo::sim::nn {
namespace {

using scaling::Cast;
using scaling::Role;

/// K = 200 ends in the middle of a block.
constexpr std::int64_t kRows = 5, kInputs = 200, kOutputs = 70;

std::vector<float> random_values(std::int64_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(static_cast<std::size_t>(count));
  for (float& value : x) value = normal(generator);
  return x;
}

/// Codes of a row, filled up with zeros, and its scales as E8M0.
struct Row {
  std::vector<std::uint8_t> codes, scales;

  Row(const scaling::CastTensor& tensor, std::int64_t row)
      : codes(tensor.codes.get() + row * kInputs, tensor.codes.get() + (row + 1) * kInputs) {
    codes.resize(224);
    for (std::size_t block = 0; block < 7; ++block) {
      const float inverse = tensor.scales[static_cast<std::size_t>(row) * 7 + block].inverse;
      scales.push_back(static_cast<std::uint8_t>(std::ilogb(inverse) + 127));
    }
  }
};

TEST(LinearBlockScaled, MultipliesTheScalesOfMxInTheTensorCore) {
  const Cast cast{formats::e4m3, scaling::Mx{}, scaling::block(1, 32)};
  const std::vector<float> w = random_values(kOutputs * kInputs, 1), x = random_values(kRows * kInputs, 2);
  Linear<float> linear(0, w, {}, kOutputs, kInputs);
  scaling::LinearRule rule;
  rule.casts[static_cast<std::size_t>(Role::activation)] = cast;
  rule.casts[static_cast<std::size_t>(Role::weight)] = cast;
  rule.gemm.engine = "blackwell-mxf8f6f4";
  LinearEngines engines;
  for (auto& each : engines) each = gemm::make_engine(rule.gemm);
  linear.apply(rule, scaling::Baseline::fp32, engines);
  LinearInput<float> input(x.data(), kRows, kInputs);
  std::vector<float> y(static_cast<std::size_t>(kRows * kOutputs));
  linear.forward(input, y.data(), {});
  const scaling::CastTensor a = scaling::cast(x, kInputs, cast, false), b = scaling::cast(w, kInputs, cast, false);
  const gemm::Architecture& row = gemm::architecture("blackwell-mxf8f6f4");
  const gemm::ElementTable table = gemm::element_table(formats::e4m3, false);
  for (std::int64_t t = 0; t < kRows; ++t)
    for (std::int64_t n = 0; n < kOutputs; ++n) {
      const Row p(a, t), q(b, n);
      const std::uint32_t expected = gemm::chain(row, {p.codes.data(), &table}, {q.codes.data(), &table},
                                                 {formats::e8m0, p.scales, q.scales}, 224, 0);
      ASSERT_EQ(std::bit_cast<std::uint32_t>(y[static_cast<std::size_t>(t * kOutputs + n)]), expected);
    }
}

TEST(LinearBlockScaled, RefusesTensorsWithoutBlocks) {
  const std::vector<float> w = random_values(kOutputs * kInputs, 1);
  Linear<float> linear(0, w, {}, kOutputs, kInputs);
  scaling::LinearRule rule;
  rule.casts[static_cast<std::size_t>(Role::activation)] = Cast{formats::e4m3, scaling::Mx{}, scaling::block(1, 32)};
  rule.casts[static_cast<std::size_t>(Role::weight)] = Cast{formats::e4m3, scaling::Amax{}};
  rule.gemm.engine = "blackwell-mxf8f6f4";
  LinearEngines engines;
  for (auto& each : engines) each = gemm::make_engine(rule.gemm);
  EXPECT_EQ(tests::refusal([&] { linear.apply(rule, scaling::Baseline::fp32, engines); }),
            "engine \"blackwell-mxf8f6f4\" multiplies operands with an e8m0 scale for every 32 elements of K (or a "
            "multiple of them), not e8m0 scales for 1 x 32 elements with one binary32 scale; cast both to such a block "
            "format, or take engine \"fp32\"");
}

}  // namespace
}  // namespace octavo::sim::nn
