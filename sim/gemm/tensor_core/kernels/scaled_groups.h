// How operands of mxf4nvf4 lie where the kernels read them: codes two a byte, then the codes of their scales.
#pragma once

#include <cstdint>

#include "sim/gemm/tensor_core/kernels/kernel.h"

namespace octavo::sim::gemm {

inline constexpr int kGroupDepth = 16;  ///< products that share two scales
inline constexpr int kStepGroups = 4;
inline constexpr int kScaledDepth = kGroupDepth * kStepGroups;

/// A step of one row: element k in nibble k % 2 (the low one first) of byte k / 2.
struct ScaledRowStep {
  std::uint8_t codes[kScaledDepth / 2];
  std::uint8_t scales[kStepGroups];
};

/// A step of a panel: of element k, columns j and j + 32 in the low and the high nibble of byte j.
struct ScaledPanelStep {
  std::uint8_t codes[kScaledDepth][kStepColumns / 2];
  std::uint8_t scales[kStepGroups][kStepColumns];
};

}  // namespace octavo::sim::gemm
