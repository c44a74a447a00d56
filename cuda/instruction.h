// Matrix instructions and conversions as values: what a probe is asked to run.
#pragma once

#include <cstdint>

#include "formats/accumulator.h"

namespace octavo::cuda {

using formats::Accumulator;

enum class Fp8 : std::uint8_t { e4m3, e5m2 };

/// One matrix instruction and the form of it. Forms do not change what is to be computed: negated operands are handed
/// over negated, so that the instruction's own negation restores them, and where the accumulator is to be ignored it
/// holds what the caller gave while the result is that of c = 0.
struct Instruction {
  Fp8 a = Fp8::e4m3;
  Fp8 b = Fp8::e4m3;
  Accumulator sum = Accumulator::f32;
  int depth = 32;               ///< K elements: 32, or 16 (mma.sync only)
  int columns = 8;              ///< N; wgmma: 8, 16, 64, 128, 256
  bool a_in_registers = false;  ///< wgmma only, as are the following
  bool negate_a = false;
  bool negate_b = false;
  bool ignore_c = false;  ///< scale-d = 0
  bool whole = false;     ///< not independent dots but whole products, every row of A against every row of B

  bool operator==(const Instruction&) const = default;
};

/// One conversion instruction; a pair of values is converted at a time.
struct Conversion {
  enum class Kind : std::uint8_t { from_f32, from_f16, to_f16 };
  Kind kind = Kind::from_f32;
  Fp8 format = Fp8::e4m3;
  bool relu = false;
  bool high_lane = false;  ///< which half of the pair the value takes; its partner is the next input

  bool operator==(const Conversion&) const = default;
};

}  // namespace octavo::cuda
