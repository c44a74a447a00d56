// Block-scaled products for the tests: operands of every kind with scales of every kind, and two references for them.
#pragma once

#include <bit>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "formats/catalog.h"
#include "sim/gemm/tensor_core/kernels/engine.h"
#include "sim/gemm/tensor_core/reference.h"
#include "tests/sim/gemm/tensor_core/families.h"

namespace octavo::sim::gemm {

/// Exponents of scales: all alike; those of ordinary tensors; such that sums lie about the smallest or the largest of
/// binary32; all there are; ordinary ones and NaN.
enum class ScaleFamily : std::uint8_t { alike, ordinary, low, high, any, nan };
inline constexpr ScaleFamily kScaleFamilies[] = {ScaleFamily::alike, ScaleFamily::ordinary, ScaleFamily::low,
                                                 ScaleFamily::high,  ScaleFamily::any,      ScaleFamily::nan};

inline std::vector<std::uint8_t> scale_codes(ScaleFamily family, const formats::Spec& format, std::size_t count,
                                             std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint8_t> codes(count);
  const bool e8m0 = format == formats::e8m0;
  const auto between = [&](int first, int last) {
    return static_cast<std::uint8_t>(first + static_cast<int>(random() % static_cast<unsigned>(last - first + 1)));
  };
  for (std::uint8_t& code : codes) {
    switch (family) {
      case ScaleFamily::alike:
        code = e8m0 ? 120 : 0x3B;
        break;
      case ScaleFamily::ordinary:
      case ScaleFamily::nan:
        code = e8m0 ? between(110, 130) : between(0x20, 0x60);
        break;
      case ScaleFamily::low:
        code = e8m0 ? between(45, 80) : between(0, 0x0F);
        break;
      case ScaleFamily::high:
        code = e8m0 ? between(170, 192) : between(0x70, 0x7E);
        break;
      case ScaleFamily::any:
        code = e8m0 ? between(0, 254) : between(0, 0x7E);
        break;
    }
    if (!e8m0 && random() % 4 == 0) code |= 0x80u;  // UE4M3 ignores the sign
    if (family == ScaleFamily::nan && random() % 64 == 0) code = e8m0 ? 0xFF : 0x7F;
  }
  return codes;
}

struct BlockProblem {
  std::string row = "blackwell-mxf8f6f4";
  formats::Spec a_format = formats::e4m3;
  formats::Spec b_format = formats::e4m3;
  formats::Spec scale_format = formats::e8m0;
  std::int64_t block = 32;
  Family family = Family::gaussian;
  ScaleFamily scale_family = ScaleFamily::ordinary;
  std::int64_t m = 9, n = 70, k = 160;
  bool accumulate = false;
  bool every_magnitude = false;
  std::uint64_t seed = 1;
};

/// A problem's operands, and D by the engine and by the definition.
class BlockComparison {
 public:
  explicit BlockComparison(const BlockProblem& problem)
      : p_(problem),
        blocks_((p_.k + p_.block - 1) / p_.block),
        a_(family_codes(p_.family, p_.a_format, size(p_.m * p_.k), p_.seed * 5)),
        b_(family_codes(p_.family, p_.b_format, size(p_.n * p_.k), p_.seed * 5 + 1)),
        a_scales_(scale_codes(p_.scale_family, p_.scale_format, size(p_.m * blocks_), p_.seed * 5 + 2)),
        b_scales_(scale_codes(p_.scale_family, p_.scale_format, size(p_.n * blocks_), p_.seed * 5 + 3)),
        c_(addends(size(p_.m * p_.n), p_.seed * 5 + 4, p_.every_magnitude)) {
    for (std::size_t i = 0; i < a_.size(); ++i)  // some blocks of zeros
      if (i / 32 % 7 == p_.seed % 7) a_[i] = 0;
  }

  Operand operand(Side side) const {
    const bool a = side == Side::a;
    Operand result = Operand::of_codes(a ? a_.data() : b_.data(), a ? p_.a_format : p_.b_format, a ? p_.m : p_.n, p_.k);
    result.scales = {.shape = {.rows = 1, .depth = p_.block, .format = p_.scale_format},
                     .row_stride = blocks_,
                     .depth_stride = 1,
                     .codes = a ? a_scales_.data() : b_scales_.data()};
    return result;
  }

  /// D by a rung of the engine (nothing: its reference) on one instruction set.
  std::vector<float> run(std::optional<StepRung> rung, machine::InstructionSet set) const {
    const auto before = machine::instruction_set();
    machine::use_instruction_set(set);
    const auto engine = make_tensor_core({.architecture = p_.row}, rung);
    std::vector<float> d = c_;
    engine->multiply(*engine->pack(Side::a, operand(Side::a)), *engine->pack(Side::b, operand(Side::b)), d.data(), p_.n,
                     p_.accumulate);
    machine::use_instruction_set(before);
    return d;
  }

  /// D by the scalar dot_add, instruction by instruction: nothing of the engine.
  std::vector<float> definition() const {
    const Architecture& row = architecture(p_.row);
    const std::int64_t padded = (p_.k + row.depth - 1) / row.depth * row.depth;
    std::vector<float> d(c_.size());
    const auto filled = [&](const std::vector<std::uint8_t>& from, std::int64_t i, std::int64_t have,
                            std::int64_t wanted, std::uint8_t with) {
      std::vector<std::uint8_t> result(from.begin() + i * have, from.begin() + (i + 1) * have);
      result.resize(size(wanted), with);
      return result;
    };
    const auto one = static_cast<std::uint8_t>(p_.scale_format == formats::e8m0 ? 127 : 0x38);
    const auto each = size(row.depth / p_.block);
    for (std::int64_t m = 0; m < p_.m; ++m)
      for (std::int64_t n = 0; n < p_.n; ++n) {
        const auto x = filled(a_, m, p_.k, padded, 0);
        const auto y = filled(b_, n, p_.k, padded, 0);
        const auto xs = filled(a_scales_, m, blocks_, padded / p_.block, one);
        const auto ys = filled(b_scales_, n, blocks_, padded / p_.block, one);
        std::uint32_t sum = p_.accumulate ? std::bit_cast<std::uint32_t>(c_[size(m * p_.n + n)]) : 0;
        for (std::size_t k = 0; k < size(padded); k += size(row.depth)) {
          const ScaleCodes scales{p_.scale_format, std::span(xs).subspan(k / size(p_.block), each),
                                  std::span(ys).subspan(k / size(p_.block), each)};
          sum = dot_add(row, p_.a_format, p_.b_format, std::span(x).subspan(k, size(row.depth)),
                        std::span(y).subspan(k, size(row.depth)), scales, sum);
        }
        const float result = std::bit_cast<float>(sum);
        d[size(m * p_.n + n)] = result != result ? std::bit_cast<float>(kNanF32) : result;
      }
    return d;
  }

  /// Compares the engine's kernels on every instruction set, and its reference, with the definition; the number of
  /// outputs, or 0 after a difference, which `report` is told.
  template <class Report>
  std::int64_t check(Report report) const {
    const std::vector<float> expected = definition();
    const auto compare = [&](const std::vector<float>& d, std::string_view by) {
      for (std::size_t i = 0; i < d.size(); ++i) {
        if (std::bit_cast<std::uint32_t>(d[i]) == std::bit_cast<std::uint32_t>(expected[i])) continue;
        report(describe() + " by " + std::string(by) + " at " + std::to_string(i / size(p_.n)) + ", " +
                   std::to_string(i % size(p_.n)),
               std::bit_cast<std::uint32_t>(d[i]), std::bit_cast<std::uint32_t>(expected[i]));
        return false;
      }
      return true;
    };
    if (!compare(run(std::nullopt, machine::InstructionSet::scalar), "the engine's reference")) return 0;
    for (const auto set :
         {machine::InstructionSet::scalar, machine::InstructionSet::avx2, machine::InstructionSet::avx512}) {
      if (!machine::available(set)) continue;
      for (const StepRung rung : {StepRung::fused, StepRung::fma})
        if (!compare(run(rung, set), machine::name(set))) return 0;
    }
    return static_cast<std::int64_t>(expected.size());
  }

  std::string describe() const {
    return p_.row + " " + formats::name(p_.a_format) + " x " + formats::name(p_.b_format) + " family " +
           std::to_string(static_cast<int>(p_.family)) + ", " + formats::name(p_.scale_format) + " scales every " +
           std::to_string(p_.block) + " family " + std::to_string(static_cast<int>(p_.scale_family)) + " " +
           std::to_string(p_.m) + "x" + std::to_string(p_.n) + "x" + std::to_string(p_.k) +
           (p_.accumulate ? " accumulate" : "") + " seed " + std::to_string(p_.seed);
  }

 private:
  static std::size_t size(std::int64_t x) { return static_cast<std::size_t>(x); }

  BlockProblem p_;
  std::int64_t blocks_;
  std::vector<std::uint8_t> a_, b_, a_scales_, b_scales_;
  std::vector<float> c_;
};

/// The kinds of block-scaled products that there are, without data: every pair of formats that mxf8f6f4 takes, and
/// mxf4nvf4 with each of its scales.
inline std::vector<BlockProblem> block_problems() {
  using namespace formats;
  std::vector<BlockProblem> result;
  for (const Spec& a : {e4m3, e5m2, e2m3, e3m2, e2m1})
    for (const Spec& b : {e4m3, e5m2, e2m3, e3m2, e2m1}) result.push_back({.a_format = a, .b_format = b});
  for (const auto& [scale, block] : {std::pair{e8m0, 32}, std::pair{e8m0, 16}, std::pair{e4m3, 16}})
    result.push_back(
        {.row = "blackwell-mxf4nvf4", .a_format = e2m1, .b_format = e2m1, .scale_format = scale, .block = block});
  return result;
}

}  // namespace octavo::sim::gemm
