// What the blocked tensor-core engine needs from one instruction set: expanding codes, and one step of the chain.
#pragma once

#include <cstdint>

namespace octavo::sim::gemm {

/// A step multiplies groups of this many rows with a panel of this many columns.
inline constexpr int kStepRows = 4;
inline constexpr int kStepColumns = 64;
/// Products in one aligned sum, at most.
inline constexpr int kStepDepth = 32;

/// A format as tables over the 128 magnitudes of a code (sign in bit 7). Zeros and special values, which a step
/// replaces by a product too small to matter (see avx512/step.h), have the value 2^-126 and the exponent 0.
struct alignas(64) StepOperand {
  std::uint16_t values[128];     ///< magnitude, as the high half of its f32 bits: exact
  std::uint16_t exponents[128];  ///< the exponent that aligns, plus kExponentOffset
  /// values << 16 | the exponent of the lowest bit set, plus kExponentOffset, << 8 | exponents. No bit set: 255.
  std::uint32_t extents[128];
  std::int32_t finest;  ///< the exponent of the format's smallest number, plus kExponentOffset
};
inline constexpr int kExponentOffset = 64;

/// A format of scales as tables over its codes; NaN has the value and exponent of one.
struct StepScales {
  float values[256];
  std::int16_t exponents[256];
  int bits;  ///< of the mantissa
};

/// How one aligned sum is evaluated; the numbers of an Architecture, and both operands' formats.
struct StepModel {
  StepOperand a;
  StepOperand b;
  int depth;          ///< 16 or 32; 64 for scaled groups
  int fraction_bits;  ///< 13 or 25; 35 for scaled groups
  bool f16;           ///< sums are rounded to nearest f16, else toward zero to f32 (13 bits: to E8M13 by the caller)
  bool clamp_addend;  ///< a nonzero addend aligns by 2^-14 at least (f16 subnormals, where products may lie lower)
  int zero_exponent;  ///< with which zeros take part; of scaled groups
  StepScales scales;  ///< of scaled groups
};

/// An addend outside these magnitudes, unless zero, is not for a step.
inline constexpr float kStepSmallestAddend = 0x1p-80f;
inline constexpr float kStepLargestAddend = 0x1p+100f;

/// The rungs of the ladder. Every one gives the same bits.
enum class StepRung : std::uint8_t {
  integer,  ///< shifts and integer sums, as the reference
  fma,      ///< round-toward-zero multiply-adds; exponents by byte-wise max-plus, one phase after the other
  /// The same multiply-adds; exponents by one-hot planes, found while the row group before is multiplied (AVX-512).
  /// With 25 fraction bits, sums that lose nothing are multiplied in integers instead (simd/lossless.h).
  fused,
};

/// One rung for one number of fraction bits. Blocks are opaque, aligned to 64 bytes.
struct TensorCoreStep {
  std::int64_t a_block_bytes;
  std::int64_t b_block_bytes;

  /// Codes of `rows` (1 to kStepRows) rows, `model.depth` of each, to a block. Missing rows repeat the last.
  void (*expand_a)(const StepModel& model, const std::uint8_t* codes, std::int64_t row_stride, int rows, void* block);

  /// Codes [model.depth][kStepColumns] to a block.
  void (*expand_b)(const StepModel& model, const std::uint8_t* codes, void* block);

  /// One step of `groups` row groups: state[(group * kStepRows + row) * kStepColumns + column] is the addend and
  /// receives the sum. With 13 fraction bits the sum's last 10 bits are still there: cutting them before the next
  /// step's alignment or by it is the same. An f16 sum that overflowed stays infinite; any state with the exponent of
  /// infinity stands for infinity with its sign.
  void (*run)(const StepModel& model, const void* a_blocks, std::int64_t groups, const void* b_block, float* state);

  /// The first and the last step of an instruction whose addend comes afterwards, both or neither null: `run` from zero
  /// whatever the state is; and `run` whose result is added to `sums` as the kernel's `promote` or `promote_f16` does.
  /// The state is undefined after that.
  void (*run_first)(const StepModel& model, const void* a_blocks, std::int64_t groups, const void* b_block,
                    float* state) = nullptr;
  void (*run_last)(const StepModel& model, const void* a_blocks, std::int64_t groups, const void* b_block, float* state,
                   float* sums) = nullptr;
};

/// Exponents of scales by row and by column: sums are in units of 2^(row + column).
struct ScaleExponents {
  const std::int32_t* rows;
  const std::int32_t* columns;  ///< kStepColumns
};
/// What a sum is replaced by that the steps cannot go on with.
inline constexpr std::uint32_t kLostSum = 0x7FFFFFFFu;

struct TensorCoreKernel {
  TensorCoreStep narrow[3];      ///< 13 fraction bits, by StepRung
  TensorCoreStep wide[3];        ///< 25 fraction bits
  TensorCoreStep moved;          ///< the same for sums in units of block scales, which few steps take without loss
  TensorCoreStep scaled_groups;  ///< mxf4nvf4: its blocks hold scales too (scaled_groups.h)

  /// Sums [rows][kStepColumns] in units of `from` to units of `to`, exactly. One that is no normal binary32 number in
  /// units of 1, or outside of what a step takes as addend in units of `to`, unless zero, becomes kLostSum, and
  /// bad[row] 1, else 0.
  void (*rescale)(float* sums, std::int64_t rows, const ScaleExponents& from, const ScaleExponents& to,
                  std::uint8_t* bad);

  /// total[i] += state[i] & mask (as bits; infinity as above), state[i] = 0.
  void (*promote)(float* total, float* state, std::int64_t count, std::uint32_t mask);

  /// The same with every sum rounded to nearest even f16.
  void (*promote_f16)(float* total, float* state, std::int64_t count, std::uint32_t mask);

  /// total[i] += sum[i], sum[i] = 0: where the inner sum is no chain, a NaN is one.
  void (*promote_sums)(float* total, float* sum, std::int64_t count, std::uint32_t mask);

  /// to[i] = state[i] & mask (infinity as above); `to` may be `state`.
  void (*copy_chains)(const float* state, std::int64_t count, std::uint32_t mask, float* to);

  /// to[i] = total[i], a NaN made canonical; `mask` is not used.
  void (*copy_sums)(const float* total, std::int64_t count, std::uint32_t mask, float* to);
};

namespace scalar {
extern const TensorCoreKernel tensor_core_kernel;
}
namespace avx2 {
extern const TensorCoreKernel tensor_core_kernel;
}
namespace avx512 {
extern const TensorCoreKernel tensor_core_kernel;
}

}  // namespace octavo::sim::gemm
