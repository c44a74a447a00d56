// One product on the kernels of an instruction set: everything that its blocks share.
#pragma once

#include <cstddef>
#include <cstdint>

#include "machine/instruction_set.h"
#include "sim/gemm/tensor_core/kernels/kernel.h"
#include "sim/gemm/tensor_core/kernels/packed.h"
#include "sim/gemm/tensor_core/product.h"

namespace octavo::sim::gemm {

/// The kernels of this instruction set.
const TensorCoreKernel& kernel_of(machine::InstructionSet set);

/// D[m * ldd + n] holds c if `accumulate`.
struct BlockedProduct {
  const TensorCoreProduct& description;
  const Architecture& row;
  const TensorCoreKernel& kernel;
  const TensorCoreStep& step;
  const PackedSteps& a;
  const PackedSteps& b;
  StepModel model;
  float* d;
  std::int64_t ldd;
  bool accumulate;

  int parts() const { return description.split.parts; }
  /// True if sums are kept in units of the scales, which the steps do not multiply.
  bool moves_sums() const { return row.scale == BlockScale::required && row.datapath == Datapath::fused; }
  bool sums_afterwards() const { return row.addend == Addend::afterwards; }
  bool promotes() const { return description.promotion > 0; }
  /// True if c is the addend of the first step.
  bool c_enters_the_step() const { return !sums_afterwards() && !promotes(); }
  std::uint32_t mask() const {
    return row.output == OutputRounding::e8m13_toward_zero && a.padded_depth() > 0 ? 0xFFFFFC00u : 0xFFFFFFFFu;
  }
  std::int64_t bound(int part) const { return a.order.bounds[static_cast<std::size_t>(part)]; }

  /// Floats that one sum needs: the chain; the sum of instructions where c is added afterwards; the promoted sum;
  /// and all parts of a split product.
  std::int64_t floats_per_sum() const {
    return 1 + (sums_afterwards() ? 1 : 0) + (promotes() ? 1 : 0) + (parts() > 1 ? parts() : 0);
  }

  /// True if the addend is not for a step: special, or of extreme size where it enters one.
  bool addend_is_extreme(float c) const;

  /// Output (m, n) by the scalar reference, scales included.
  float reference(std::int64_t m, std::int64_t n, float c) const;
};

}  // namespace octavo::sim::gemm
