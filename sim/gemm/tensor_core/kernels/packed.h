// Operands of the blocked tensor-core engines: codes in the order in which the steps read them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "machine/aligned_floats.h"
#include "sim/gemm/engine.h"
#include "sim/gemm/tensor_core/kernels/kernel.h"
#include "sim/gemm/tensor_core/product.h"

namespace octavo::sim::gemm {

/// `count` elements of a type without constructor, as AlignedFloats keeps memory.
template <typename T>
class Buffer {
 public:
  explicit Buffer(std::int64_t count = 0)
      : memory_((count * static_cast<std::int64_t>(sizeof(T)) + 3) / static_cast<std::int64_t>(sizeof(float))) {}
  T* data() const { return reinterpret_cast<T*>(const_cast<float*>(memory_.data())); }

 private:
  machine::AlignedFloats memory_;
};

/// Scale codes without sign in the order of the steps; NaN, which makes a row special, as 1, and that of a block of
/// zeros, whose scale no sum can tell, as a neighbour's.
struct PackedScales {
  formats::Spec format{};
  std::vector<std::uint8_t> nan;    ///< by row: 1 if one of its scales is NaN
  std::vector<std::uint8_t> codes;  ///< A: [rows][steps]; B: [panels][steps][kStepColumns]; of mxf8f6f4
};

/// Codes with the sign in bit 7. A: [rows][depth]; B: [panels][depth][kStepColumns], missing columns repeat the last.
/// The depth is in the steps' order, and filled up with zeros to whole instructions. Of mxf4nvf4: steps of codes of 4
/// bits and of scales instead (scaled_groups.h): A: [rows][steps], B: [panels][steps].
struct PackedSteps final : Packed {
  Side side = Side::a;
  formats::Spec format{};
  DepthOrder order;
  ElementTable table{};  ///< of the codes as copy_row gives them
  std::int64_t step_depth = 0;
  std::int64_t row_step_bytes = 0;  ///< A's of one row
  std::int64_t panel_step_bytes = 0;
  Buffer<std::uint8_t> codes;
  std::vector<std::uint8_t> special;  ///< by row: 1 if it holds a NaN or an infinity, or has a scale of NaN
  bool any_special = false;
  PackedScales scales;

  std::int64_t padded_depth() const { return order.bounds.back(); }
  std::int64_t panels() const { return (rows + kStepColumns - 1) / kStepColumns; }
  std::int64_t steps() const { return padded_depth() / step_depth; }
  std::int64_t row_bytes() const { return steps() * row_step_bytes; }
  std::int64_t panel_bytes() const { return steps() * panel_step_bytes; }
  bool in_nibbles() const { return row_step_bytes != step_depth; }
  /// The step of row i, or panel p, that begins at element k of the depth.
  const std::uint8_t* row(std::int64_t i, std::int64_t k = 0) const {
    return codes.data() + i * row_bytes() + k / step_depth * row_step_bytes;
  }
  const std::uint8_t* panel(std::int64_t p, std::int64_t k = 0) const {
    return codes.data() + p * panel_bytes() + k / step_depth * panel_step_bytes;
  }

  /// Row i of the operand, on either side, one code after the other; and its scales.
  void copy_row(std::int64_t i, std::uint8_t* to) const;
  void copy_scales(std::int64_t i, std::uint8_t* to) const;

  /// Memory of codes and scales.
  std::int64_t bytes() const {
    return (side == Side::a ? rows * row_bytes() : panels() * panel_bytes()) +
           static_cast<std::int64_t>(scales.codes.size());
  }
};

std::unique_ptr<PackedSteps> pack_steps(const TensorCoreProduct& product, const Architecture& row, Side side,
                                        const Operand& operand);

}  // namespace octavo::sim::gemm
