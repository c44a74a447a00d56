// A product on a tensor core, described: everything that decides the bits of its sums. What a library then does to them
// is epilogue.h's.
#pragma once

#include <cstdint>
#include <string>

#include "sim/gemm/tensor_core/architectures.h"
#include "sim/gemm/tensor_core/promote.h"
#include "sim/gemm/tensor_core/split_k.h"

namespace octavo::sim::gemm {

/// Plain data. Fast accumulation (cuBLASLt FAST_ACCUM = 1, CUTLASS FastAccum) is promotion = 0; the default of both
/// libraries without it is promotion = 128.
struct TensorCoreProduct {
  std::string architecture = "hopper-wgmma";
  formats::Accumulator accumulator = formats::Accumulator::f32;
  std::string variant{};       ///< "ptxas12" and the like; empty: the default row
  std::int64_t promotion = 0;  ///< K elements between promotions to FP32; 0: never
  SplitK split{};

  bool operator==(const TensorCoreProduct&) const = default;
};

/// The row that the product names. Throws Error if there is none, if the promotion interval or the split's tile is not
/// a multiple of the instruction's k, if there is no part, or if a row of block scales is promoted or split.
const Architecture& resolve(const TensorCoreProduct& product);

/// One line that names every number, for provenance and HDF5 attributes.
std::string to_string(const TensorCoreProduct& product);

/// The reference for one output before an epilogue: both rows in `depth`'s order (see depth_order), filled with zeros
/// where its index is -1. c enters the first part.
float dot(const TensorCoreProduct& product, const Architecture& row, const CodeRow& a, const CodeRow& b,
          const DepthOrder& depth, float c);

}  // namespace octavo::sim::gemm
