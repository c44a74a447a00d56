// The products and the addend of one group of an instruction, as terms of its sum.
#pragma once

#include <cstdint>

#include "sim/gemm/tensor_core/aligned_sum.h"
#include "sim/gemm/tensor_core/element.h"

namespace octavo::sim::gemm {

inline constexpr int kMaxDepth = 64;  ///< elements of K of one instruction
inline constexpr int kSubGroup = 16;  ///< products that mxf4nvf4 sums exactly before scaling

/// What NaN and infinity make of a group, whatever the finite terms are.
struct Specials {
  bool nan = false;
  bool positive = false;
  bool negative = false;

  /// Takes in what x y is if one of them is not finite.
  void product(const Element& x, const Element& y) {
    if (x.kind == Element::Kind::finite && y.kind == Element::Kind::finite) return;
    if (x.kind == Element::Kind::nan || y.kind == Element::Kind::nan || x.significand == 0 || y.significand == 0)
      nan = true;
    else
      ((x.significand < 0) != (y.significand < 0) ? negative : positive) = true;
  }
  bool any() const { return nan || positive || negative; }
  /// Bits of the accumulator's type; if any().
  std::uint32_t result(formats::Accumulator accumulator) const;
};

/// The sum of c and the row's products of a group of the fused datapath, with the exponents of both scales added.
std::uint32_t fused_group(const Architecture& row, const Element* a, const Element* b, int group, const Element& c,
                          int scale_exponent = 0);

/// AMD's group: even and odd k are aligned and truncated in sums of their own; the sums, then c, are joined by floors.
std::uint32_t even_odd_group(const Architecture& row, const Element* a, const Element* b, const Element& c);

/// mxf4nvf4's: sums of kSubGroup products, exact, times their scales (one of each operand a sub-group), then c.
std::uint32_t scaled_groups(const Architecture& row, const Element* a, const Element* b, const Element* a_scales,
                            const Element* b_scales, const Element& c);

}  // namespace octavo::sim::gemm
