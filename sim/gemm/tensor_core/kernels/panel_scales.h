// The sums of a panel in the units of its block scales (mxf8f6f4).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/gemm/tensor_core/kernels/blocked_product.h"

namespace octavo::sim::gemm {

/// A step multiplies codes; sums that are in units of 2^(both scales' exponents) let it multiply scaled ones. Every
/// number of the sum moves by the same power of two, so its bits stay, while products and sums are normal numbers of
/// binary32 in units of 1, and the exponents of its products are not below that with which zeros take part.
class PanelScales {
 public:
  /// Of the sums of `panel` with rows [first, last) of A, at first in units of 1.
  PanelScales(const BlockedProduct& product, std::int64_t panel, std::int64_t first, std::int64_t last);

  /// An output that the steps cannot compute.
  struct Lost {
    std::int64_t m, n;
  };

  /// Moves the sums to the units of `step`, or of 1 (-1). What the kernels cannot go on with joins `lost`, once, and is
  /// 0 from then on.
  void move(float* sums, std::int64_t step, std::vector<Lost>& lost);

 private:
  const BlockedProduct& product_;
  std::int64_t panel_, first_, last_;
  std::vector<std::int32_t> rows_, columns_;  ///< exponents that the sums are in units of
  std::vector<std::uint8_t> bad_;
  std::vector<std::uint64_t> known_;  ///< by row, bit by column: lost already
};

}  // namespace octavo::sim::gemm
