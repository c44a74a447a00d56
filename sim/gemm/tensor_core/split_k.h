// Split-K: which part of the depth each partial sum takes, and the order in which partial sums meet.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace octavo::sim::gemm {

/// Which tiles of K a part owns, of T = ceil(K / tile) tiles.
enum class SplitLayout : std::uint8_t {
  contiguous,   ///< part s: tiles [s q, (s+1) q), q = ceil(T / parts). cuBLASLt 12.8.3 on an H100 PCIe, tile 128
  interleaved,  ///< part s: tiles t with t mod parts = s, ascending. cuBLASLt 12.8.3 on Ada, tile 64
};

/// The order of the FP32 additions (nearest even).
enum class SplitOrder : std::uint8_t {
  ascending,  ///< ((p0 + p1) + p2) + ...: CUTLASS's deterministic reduction, cuBLASLt
  pairwise,   ///< with h = ceil(parts / 2): last part, then p[i] + p[i + h] (or p[i] alone) for i = 0..h-1
};

/// The evidence for both layouts and orders is mmaemu 0.1.0's recordings (cuBLASLt 12.8.3.14).
struct SplitK {
  int parts = 1;
  SplitLayout layout = SplitLayout::contiguous;
  int tile = 128;
  SplitOrder order = SplitOrder::ascending;

  bool operator==(const SplitK&) const = default;
};

/// The depth in the order in which the parts take it: part s is order[bounds[s] .. bounds[s+1]). Index -1 is a zero
/// that fills an incomplete instruction at the end of a part. A part may be empty; its sum is +0.
struct DepthOrder {
  std::vector<std::int64_t> order;
  std::vector<std::int64_t> bounds;
};

/// Every part filled up to a multiple of `instruction_depth`.
DepthOrder depth_order(const SplitK& split, std::int64_t depth, int instruction_depth);

/// The sum of the parts in the order that `order` names; a NaN is 0x7FFFFFFF. `partials` is not empty.
float add_parts(SplitOrder order, std::span<const float> partials);

}  // namespace octavo::sim::gemm
