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

/// Codes with the sign in bit 7. A: [rows][depth]; B: [panels][depth][kStepColumns], missing columns repeat the last.
/// The depth is in the steps' order, and filled up with zeros to whole instructions.
struct PackedSteps final : Packed {
  Side side = Side::a;
  formats::Spec format{};
  DepthOrder order;
  ElementTable table{};  ///< of the codes as stored
  Buffer<std::uint8_t> codes;
  std::vector<std::uint8_t> special;  ///< by row: 1 if it holds a NaN or an infinity
  bool any_special = false;

  std::int64_t padded_depth() const { return order.bounds.back(); }
  std::int64_t panels() const { return (rows + kStepColumns - 1) / kStepColumns; }
  const std::uint8_t* panel(std::int64_t p) const { return codes.data() + p * padded_depth() * kStepColumns; }
  const std::uint8_t* row(std::int64_t i) const { return codes.data() + i * padded_depth(); }

  /// Row i of the operand, on either side, one code after the other.
  void copy_row(std::int64_t i, std::uint8_t* to) const;
};

std::unique_ptr<PackedSteps> pack_steps(const TensorCoreProduct& product, const Architecture& row, Side side,
                                        const Operand& operand);

}  // namespace octavo::sim::gemm
