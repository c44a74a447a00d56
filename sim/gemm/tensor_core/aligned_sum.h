// The heart of the tensor cores: terms aligned to one exponent, cut, added exactly, and rounded once.
#pragma once

#include <cstdint>

#include "sim/gemm/tensor_core/architectures.h"

namespace octavo::sim::gemm {

/// A summand of the aligned sum: significand * 2^unit. `absent` terms take no part in the choice of the exponent.
struct Term {
  std::int64_t significand = 0;
  int unit = 0;
  int exponent = 0;
  bool absent = false;
};

/// total * 2^quantum, exact.
struct Sum {
  std::int64_t total = 0;
  int quantum = 0;
};

/// significand * 2^-shift, rounded down; a negative shift multiplies.
std::int64_t shift_down(std::int64_t significand, int shift);

/// Every term aligned to the largest exponent, cut toward zero to `fraction_bits` below it, added exactly.
Sum aligned_sum(const Term* terms, int count, int fraction_bits);

/// The sum as bits of the row's accumulator.
std::uint32_t round_output(const Architecture& row, const Sum& sum);

}  // namespace octavo::sim::gemm
