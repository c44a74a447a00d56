// Accumulation along K: instructions chained through the accumulator, and promotion of partial sums to FP32.
#pragma once

#include <cstdint>

#include "sim/gemm/tensor_core/reference.h"

namespace octavo::sim::gemm {

/// One row of an operand: `depth` codes (a multiple of the instruction's k) and what they mean.
struct CodeRow {
  const std::uint8_t* codes = nullptr;
  const ElementTable* table = nullptr;
};

/// Instructions over [first, last) of K in ascending order, each taking the last one's result as addend: fast
/// accumulation, as CUTLASS's KernelTmaWarpSpecialized*FP8FastAccum and cuBLASLt with FAST_ACCUM = 1.
/// c and the result are bits of the accumulator's type.
std::uint32_t chain(const Architecture& row, const CodeRow& a, const CodeRow& b, std::int64_t first, std::int64_t last,
                    std::uint32_t c);

/// The chain over [0, depth) of block-scaled instructions. `scales` has one code of each operand for every
/// row.scale_depth() elements.
std::uint32_t chain(const Architecture& row, const CodeRow& a, const CodeRow& b, const ScaleCodes& scales,
                    std::int64_t depth, std::uint32_t c);

/// The sum over [first, last) with the chain cut every `interval` elements of K (0: never): each piece starts from zero
/// and is added to an FP32 sum that starts from c (CUTLASS GmmaFP8Accumulation; cuBLASLt with FAST_ACCUM = 0, where
/// recorded products on an H100 PCIe show 128). Without promotion c enters the chain, rounded to nearest even if the
/// accumulator is f16. A NaN result is 0x7FFFFFFF.
float promoted_sum(const Architecture& row, const CodeRow& a, const CodeRow& b, std::int64_t first, std::int64_t last,
                   std::int64_t interval, float c);

/// How the scales of one block of K meet its sum.
enum class BlockScaling : std::uint8_t {
  multiplied_first,  ///< fma(a_scale * b_scale, sum, total): DeepGEMM; CUTLASS if one side has one scale per tile
  one_by_one,        ///< fma(sum * a_scale, b_scale, total): CUTLASS with a scale per row and per column
};

/// total + one block's sum times its two scales, every operation rounded to nearest even.
float add_scaled(float total, float piece, float a_scale, float b_scale, BlockScaling scaling);

/// total + the sums of all blocks of `interval` elements, each times its two scales (one per block and side), every
/// operation rounded to nearest even. `last - first` is a multiple of `interval`.
float block_scaled_sum(const Architecture& row, const CodeRow& a, const CodeRow& b, std::int64_t first,
                       std::int64_t last, std::int64_t interval, const float* a_scales, const float* b_scales,
                       BlockScaling scaling, float total);

/// Accumulator bits as a float, and a float rounded to the accumulator's type.
float accumulator_value(formats::Accumulator accumulator, std::uint32_t bits);
std::uint32_t accumulator_bits(formats::Accumulator accumulator, float value);

/// x, or the NaN that NVIDIA's units return.
float canonical(float x);

}  // namespace octavo::sim::gemm
