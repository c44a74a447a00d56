// Tensor-core architectures as rows of numbers: what one matrix instruction does to one output element.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "formats/accumulator.h"
#include "formats/spec.h"

namespace octavo::sim::gemm {

/// How the products of one instruction are divided into groups.
enum class GroupOrder : std::uint8_t {
  consecutive,  ///< k = 0..L-1, L..2L-1, ...
  half_words,   ///< {k : k mod 4 in {0,1}}, then {k : k mod 4 in {2,3}}: low and high halves of 32-bit registers
};

/// How the groups of one instruction meet.
enum class GroupSum : std::uint8_t {
  chained,   ///< the result of a group is the addend of the next
  separate,  ///< every group starts from zero; their results are added in the accumulator's type, nearest even
};

/// Where c enters.
enum class Addend : std::uint8_t {
  aligned,     ///< as one more term of the first group, aligned and truncated like a product
  afterwards,  ///< by an ordinary addition (FADD or HADD2, nearest even) to the sum of all groups
};

/// What becomes of a group's sum.
enum class OutputRounding : std::uint8_t {
  e8m13_toward_zero,  ///< 14 significant bits, stored as f32
  f32_toward_zero,
  f32_nearest_even,
  f16_nearest_even,
};

/// The structure of one group.
enum class Datapath : std::uint8_t {
  fused,          ///< products and c aligned to one exponent, truncated, summed exactly
  scaled_groups,  ///< sub-groups of 16 summed exactly, multiplied by their scales, then aligned as terms (mxf4)
  even_odd,       ///< AMD: even and odd k in sums of their own, joined by floors
};

/// The formats of the operands, a and b chosen independently.
enum class OperandFormats : std::uint8_t {
  fp8,          ///< E4M3, E5M2
  fp8_fp6_fp4,  ///< those, E3M2, E2M3 and E2M1
  fp4,          ///< E2M1
  fp8_fnuz,     ///< E4M3FNUZ, E5M2FNUZ
  fp16_bf16,
};

/// Which scale codes accompany the operands.
enum class BlockScale : std::uint8_t { none, required };

/// The exponent with which a product that is zero, or c if it is, takes part in the alignment.
enum class ZeroProducts : std::uint8_t {
  fixed_exponent,     ///< Architecture::zero_exponent
  operand_exponents,  ///< the sum of the operands' exponents (zero as a subnormal): the naive datapath
};

/// One instruction on one architecture. Plain data: a finding on hardware is a change of one number.
struct Architecture {
  std::string_view name{};     ///< as recipes name the engine
  std::string_view variant{};  ///< empty, or what sets this row apart from the default of its name
  std::string_view instruction{};
  formats::Accumulator accumulator = formats::Accumulator::f32;  ///< c and the result are bits of this type
  int depth = 32;                                                ///< K elements of one instruction
  int group = 32;                                                ///< products in one aligned sum
  GroupOrder order = GroupOrder::consecutive;
  GroupSum groups = GroupSum::chained;
  Addend addend = Addend::aligned;
  int fraction_bits = 13;  ///< bits kept below the largest exponent (F)
  OutputRounding output = OutputRounding::e8m13_toward_zero;
  ZeroProducts zero_products = ZeroProducts::fixed_exponent;
  int zero_exponent = -133;
  /// FP8 operands are first converted to f16, so that E4M3 subnormals align by their own exponent.
  bool operands_as_f16 = false;
  /// A negative sum that the output rounding makes zero gives -0 (else +0): in f16, and in f32 with block scales.
  /// Exact zero sums are +0 always.
  bool negative_zero = true;
  Datapath datapath = Datapath::fused;
  BlockScale scale = BlockScale::none;
  OperandFormats operands = OperandFormats::fp8;
  std::string_view evidence{};

  /// True if a group may hold any number of additional zero products without changing a bit: their exponent lies so low
  /// that whatever it truncates is zero already. `lowest` is the exponent of the smallest last place of a product.
  constexpr bool zeros_are_neutral(int lowest) const {
    // c needs no regard: its own exponent is at least -126 (f32) or -14 (f16), above zero_exponent in every such case.
    return datapath == Datapath::even_odd ||
           (zero_products == ZeroProducts::fixed_exponent &&
            (zero_exponent - fraction_bits <= lowest &&
             zero_exponent <= (accumulator == formats::Accumulator::f32 ? -126 : -14)));
  }

  /// Elements of K that share a scale; 0 without block scales.
  constexpr int scale_depth() const {
    if (scale == BlockScale::none) return 0;
    return datapath == Datapath::scaled_groups ? 16 : group;
  }

  /// True if the instruction takes scales of this format: E8M0, and UE4M3 for sub-groups of 16.
  constexpr bool takes_scales(const formats::Spec& format) const {
    if (scale == BlockScale::none) return false;
    return format == formats::e8m0 || (format == formats::e4m3 && datapath == Datapath::scaled_groups);
  }

  /// True if the instruction takes operands of this format.
  constexpr bool takes(const formats::Spec& format) const {
    using namespace formats;
    switch (operands) {
      case OperandFormats::fp8:
        return format == e4m3 || format == e5m2;
      case OperandFormats::fp8_fp6_fp4:
        return format == e4m3 || format == e5m2 || format == e3m2 || format == e2m3 || format == e2m1;
      case OperandFormats::fp4:
        return format == e2m1;
      case OperandFormats::fp8_fnuz:
        return format == e4m3fnuz || format == e5m2fnuz;
      case OperandFormats::fp16_bf16:
        return format == fp16 || format == bf16;
    }
    return false;
  }
};

/// All rows; the first of a name and accumulator is the default.
std::span<const Architecture> architectures();

/// The row of this name, accumulator and variant (empty: the default).
/// Throws Error that lists the names, or the accumulators and variants of this name.
const Architecture& architecture(std::string_view name, formats::Accumulator accumulator = formats::Accumulator::f32,
                                 std::string_view variant = {});

/// The formats in words, for messages.
std::string_view name(OperandFormats operands);

}  // namespace octavo::sim::gemm
