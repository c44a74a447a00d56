// Casting a tensor to a format of at most 8 bits under a policy, and what came of it: observe, choose and encode in one
// call, for tensors whose scales nobody else has a say in.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "formats/random.h"
#include "formats/span/quantize.h"
#include "scaling/cast_rule.h"
#include "scaling/matrix.h"

namespace octavo::scaling {

/// What casting one tensor did.
struct CastOutcome {
  Scale scale{};               ///< of the first block
  std::uint64_t blocks = 0;    ///< scales that the tensor has; 1 for one scale a tensor
  formats::MeasuredAmax amax;  ///< of the whole tensor
  formats::CastStatistics statistics;
  std::array<std::uint64_t, 256> exponents{};     ///< elements by biased binary32 exponent, before scaling
  std::array<std::uint32_t, kBiasBins> biases{};  ///< blocks by floor(log2(factor)) + kBiasLimit
  /// Blocks that `biases` leaves out: the policy reads the amax, and the one that it had to read (theirs, or those of
  /// earlier steps) is zero, infinite or with a NaN, or none yet, so that their scale is a stand-in.
  std::uint64_t without_bias = 0;
  std::uint64_t nan_scales = 0;  ///< blocks whose scale is NaN: they hold what the format has no code for

  /// Elements that were infinite.
  std::uint64_t infinite() const { return exponents[255] - statistics.nan; }
};

/// Codes of a tensor, and the scales that its values were multiplied by: one for each block of BlockGrid, row-major.
struct CastTensor {
  std::unique_ptr<std::uint8_t[]> codes;
  std::vector<Scale> scales;
  /// Codes of at most 4 bits lie two a byte, as in nibbles.h: so they are kept. cast() gives them one a byte.
  bool nibbles = false;
  /// NVFP4's two levels, where the policy is that: block scales as E4M3 (NaN where the scale is), and what they are
  /// times, so that inverse = decode(code) * tensor_inverse but where that leaves [2^-127, 2^127].
  std::vector<std::uint8_t> scale_codes;
  float tensor_inverse = 1;
  formats::MeasuredAmax amax;                  ///< of the whole tensor, where the policy has a history
  std::shared_ptr<const CastOutcome> outcome;  ///< if asked for

  /// Of a tensor with one.
  const Scale& scale() const { return scales.front(); }
};

/// x8 = encode(x * factor) under the scales that the policy gives: x is a matrix of so many columns (at least 1), its
/// size a multiple of them; fp16 and bf16 are cast from their own bits. What rounds beyond the format's largest value
/// becomes that value, or under Overflow::special its infinity, or its NaN. NaN is never lost: see choose.h. `past` is
/// what a policy with a history knows of earlier steps, under one scale a tensor (others do not read it); without it
/// the tensor is taken as one that never changes. Stochastic rounding draws from `random`, element by element. The same
/// bits and statistics for any number of threads.
CastTensor cast(formats::Values x, std::int64_t columns, const Cast& rule, bool with_outcome,
                const AmaxHistory* past = nullptr, const formats::RandomStream& random = {});

/// values[i] = decode(code) * inverse, the product in binary32 (exact for powers of two within its range).
void dequantize(const CastTensor& tensor, const Cast& rule, std::int64_t columns, std::span<float> values);

}  // namespace octavo::scaling
