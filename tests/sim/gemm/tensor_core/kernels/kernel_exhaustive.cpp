// The vector kernels on every instruction set of this machine against the scalar reference, on tens of millions of
// outputs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <string>
#include <string_view>
#include <vector>

#include "machine/instruction_set.h"
#include "sim/gemm/tensor_core/kernels/engine.h"
#include "tests/sim/gemm/tensor_core/families.h"

namespace octavo::sim::gemm {
namespace {

using formats::Accumulator;
using machine::InstructionSet;

std::vector<machine::InstructionSet> available_sets() {
  std::vector<machine::InstructionSet> sets;
  for (const auto set :
       {machine::InstructionSet::scalar, machine::InstructionSet::avx2, machine::InstructionSet::avx512})
    if (machine::available(set)) sets.push_back(set);
  return sets;
}

struct Operands {
  std::vector<std::uint8_t> a;  // [m][k]
  std::vector<std::uint8_t> b;  // [n][k]
  std::vector<float> c;         // [m][n]
};

Operands operands_of(const Problem& p) {
  return {family_codes(p.family, p.a_format, static_cast<std::size_t>(p.m * p.k), 3 * p.seed),
          family_codes(p.family, p.b_format, static_cast<std::size_t>(p.n * p.k), 3 * p.seed + 1),
          addends(static_cast<std::size_t>(p.m * p.n), 3 * p.seed + 2, p.every_magnitude)};
}

std::vector<float> product_by(const Engine& engine, const Problem& p, const Operands& x) {
  std::vector<float> d = x.c;
  engine.multiply(*engine.pack(Side::a, Operand::of_codes(x.a.data(), p.a_format, p.m, p.k)),
                  *engine.pack(Side::b, Operand::of_codes(x.b.data(), p.b_format, p.n, p.k)), d.data(), p.n,
                  p.accumulate);
  return d;
}

/// Index of the first output whose bits differ, or -1.
std::int64_t first_difference(const std::vector<float>& x, const std::vector<float>& y) {
  for (std::size_t i = 0; i < x.size(); ++i)
    if (std::bit_cast<std::uint32_t>(x[i]) != std::bit_cast<std::uint32_t>(y[i])) return static_cast<std::int64_t>(i);
  return -1;
}

/// Compares the engine's default kernels on every instruction set with the reference. False after a difference.
bool equals_the_reference(const Problem& p) {
  const Operands x = operands_of(p);
  const std::vector<float> expected = product_by(*make_tensor_core(p.product, std::nullopt), p, x);
  const auto engine = make_tensor_core(p.product);
  const machine::InstructionSet before = machine::instruction_set();
  bool equal = true;
  for (const machine::InstructionSet set : available_sets()) {
    machine::use_instruction_set(set);
    const std::vector<float> d = product_by(*engine, p, x);
    const std::int64_t at = first_difference(d, expected);
    if (at < 0) continue;
    equal = false;
    const auto i = static_cast<std::size_t>(at);
    ADD_FAILURE() << fmt::format("{}: {} gives {:08x}, the reference {:08x} at ({}, {}), c = {:08x}", describe(p),
                                 machine::name(set), std::bit_cast<std::uint32_t>(d[i]),
                                 std::bit_cast<std::uint32_t>(expected[i]), at / p.n, at % p.n,
                                 std::bit_cast<std::uint32_t>(x.c[i]));
  }
  machine::use_instruction_set(before);
  return equal;
}

/// How one product is accumulated along K, with depths that exercise it; none but the first is a multiple of 32.
struct Accumulation {
  std::int64_t promotion;
  std::array<std::int64_t, 4> depths;
};
constexpr Accumulation kAccumulations[] = {
    {0, {32, 17, 97, 150}}, {32, {64, 33, 75, 161}}, {128, {256, 129, 190, 301}}};

constexpr std::array kPairs{std::pair{formats::e4m3, formats::e4m3}, std::pair{formats::e4m3, formats::e5m2},
                            std::pair{formats::e5m2, formats::e4m3}, std::pair{formats::e5m2, formats::e5m2}};

/// One row of the table on all type pairs, families, accumulations, with and without addends (of every magnitude, NaN
/// and infinity among them), `rounds` times with other data and ragged shapes. Returns the number of outputs.
std::int64_t compare_row(std::string_view row, Accumulator accumulator, int rounds, std::int64_t rows_of_a) {
  std::int64_t outputs = 0;
  std::uint64_t seed = 0;
  for (int round = 0; round < rounds; ++round)
    for (const Family family : kFamilies)
      for (const auto& [a, b] : kPairs)
        for (const Accumulation& accumulation : kAccumulations)
          for (const bool accumulate : {false, true}) {
            const std::uint64_t s = seed++;
            const Problem problem{.product = {.architecture = std::string(row),
                                              .accumulator = accumulator,
                                              .promotion = accumulation.promotion},
                                  .a_format = a,
                                  .b_format = b,
                                  .family = family,
                                  .m = rows_of_a + static_cast<std::int64_t>(s * 29 % 41),
                                  .n = 192 + static_cast<std::int64_t>(s * 37 % 131),
                                  .k = accumulation.depths[(s / 2 + static_cast<std::uint64_t>(round)) % 4],
                                  .accumulate = accumulate,
                                  .every_magnitude = accumulate,
                                  .seed = s + 1};
            if (!equals_the_reference(problem)) return outputs;
            outputs += problem.m * problem.n;
          }
  std::string sets;
  for (const auto set : available_sets()) sets += fmt::format(" {}", machine::name(set));
  fmt::print("{} {}: {} outputs equal the reference on each of{}\n", row, name(accumulator), outputs, sets);
  return outputs;
}

TEST(TensorCoreExhaustive, HopperWgmma) {
  EXPECT_GE(compare_row("hopper-wgmma", Accumulator::f32, 3, 200), 25'000'000);
}

TEST(TensorCoreExhaustive, HopperWgmmaWithF16Accumulators) {
  EXPECT_GE(compare_row("hopper-wgmma", Accumulator::f16, 3, 200), 25'000'000);
}

TEST(TensorCoreExhaustive, OtherRows) {
  for (const Architecture& row : architectures()) {
    if (!is_tensor_core(row.name) || row.name == "hopper-wgmma" || !row.variant.empty()) continue;
    if (row.operands == OperandFormats::fp8_fnuz) continue;  // AMD's, always by the reference
    EXPECT_GE(compare_row(row.name, row.accumulator, 1, 40), 1'000'000);
  }
}

}  // namespace
}  // namespace octavo::sim::gemm
