// Sums of block-scaled products, moved from the units of one step to those of the next. Portable, vectorised by the
// compiler. Included by simd/tensor_core.simd.cpp only.
#pragma once

#include <cstdint>

#include "sim/gemm/tensor_core/kernels/simd/integer.h"

namespace octavo::sim::gemm {
namespace {

/// All ones unless 0 <= x <= most.
std::int32_t beyond(std::int32_t x, std::int32_t most) { return (x | (most - x)) >> 31; }

// Without a branch, or the compiler would not vectorise it.
void rescale(float* sums, std::int64_t rows, const ScaleExponents& from, const ScaleExponents& to, std::uint8_t* bad) {
  alignas(64) std::int32_t own[kStepColumns];
  alignas(64) std::int32_t change[kStepColumns];
  for (int j = 0; j < kStepColumns; ++j) own[j] = from.columns[j];
  for (int j = 0; j < kStepColumns; ++j) change[j] = from.columns[j] - to.columns[j];
  constexpr std::int32_t kLeastField = 127 - 80;  // kStepSmallestAddend
  constexpr std::int32_t kFields = 80 + 100;      // to kStepLargestAddend
  for (std::int64_t i = 0; i < rows; ++i, sums += kStepColumns) {
    const std::int32_t row_own = from.rows[i];
    const std::int32_t row_change = from.rows[i] - to.rows[i];
    std::int32_t any = 0;
    for (int j = 0; j < kStepColumns; ++j) {
      const auto bits = static_cast<std::int32_t>(bits_of(sums[j]));
      const std::int32_t magnitude = bits & 0x7FFFFFFF;
      const std::int32_t zero = (magnitude - 1) >> 31;
      const std::int32_t field = magnitude >> 23;
      const std::int32_t moved = change[j] + row_change;
      // The sum itself is a normal binary32 number, and one that a step takes as it is.
      const std::int32_t lost =
          (beyond(field + row_own + own[j] - 1, 253) | beyond(field + moved - kLeastField, kFields)) & ~zero;
      const std::int32_t shifted =
          static_cast<std::int32_t>(static_cast<std::uint32_t>(bits) + (static_cast<std::uint32_t>(moved) << 23));
      const std::int32_t kept = shifted & ~zero & ~lost;
      sums[j] = float_of(static_cast<std::uint32_t>(kept | (lost & static_cast<std::int32_t>(kLostSum))));
      any |= lost;
    }
    bad[i] = any != 0 ? 1 : 0;
  }
}

}  // namespace
}  // namespace octavo::sim::gemm
