// Block-scaled tensor cores on every instruction set of this machine against the definition, on millions of outputs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/sim/gemm/tensor_core/block_scaled.h"

namespace octavo::sim::gemm {
namespace {

/// Products of one row of the table, with every pair of formats, kind of scale, family of operands and of scales in
/// turn, until there are so many outputs.
void compare_row(const std::string& row, std::int64_t wanted) {
  std::int64_t outputs = 0;
  std::uint64_t seed = 0;
  while (outputs < wanted)
    for (BlockProblem problem : block_problems()) {
      if (problem.row != row) continue;
      for (const ScaleFamily scale_family : kScaleFamilies) {
        ++seed;
        problem.seed = 1000 + seed;
        problem.scale_family = scale_family;
        problem.family = kFamilies[seed / 6 % std::size(kFamilies)];
        problem.m = 20 + static_cast<std::int64_t>(seed * 29 % 13);
        problem.n = 64 + static_cast<std::int64_t>(seed * 37 % 67);
        problem.k = std::array<std::int64_t, 5>{32, 64, 97, 150, 256}[seed % 5];
        problem.accumulate = seed % 3 != 0;
        problem.every_magnitude = seed % 3 == 1;
        const std::int64_t compared =
            BlockComparison(problem).check([](const std::string& what, std::uint32_t got, std::uint32_t expected) {
              ADD_FAILURE() << fmt::format("{}: {:08x} for {:08x}", what, got, expected);
            });
        if (compared == 0) return;
        outputs += compared;
      }
    }
  fmt::print("{}: {} outputs equal the definition\n", row, outputs);
}

TEST(BlockScaledExhaustive, Mxf8f6f4) { compare_row("blackwell-mxf8f6f4", 1'000'000); }

TEST(BlockScaledExhaustive, Mxf4nvf4) { compare_row("blackwell-mxf4nvf4", 1'000'000); }

}  // namespace
}  // namespace octavo::sim::gemm
