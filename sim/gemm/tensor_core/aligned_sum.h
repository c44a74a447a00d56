// The heart of the tensor cores: terms aligned to one exponent, cut, added exactly, and rounded once.
#pragma once

#include <algorithm>
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

/// significand * 2^-shift, rounded toward zero; a negative shift multiplies.
inline std::int64_t shift_toward_zero(std::int64_t significand, int shift) {
  if (shift <= 0) return significand * (std::int64_t{1} << -shift);
  if (shift > 62) return 0;
  return significand < 0 ? -(-significand >> shift) : significand >> shift;
}

/// The heart: align every term to the largest exponent, cut each toward zero to F bits below it, add exactly.
inline Sum aligned_sum(const Term* terms, int count, int fraction_bits) {
  int largest = 0;
  bool any = false;
  for (int i = 0; i < count; ++i) {
    if (terms[i].absent) continue;
    largest = any ? std::max(largest, terms[i].exponent) : terms[i].exponent;
    any = true;
  }
  Sum sum{.total = 0, .quantum = largest - fraction_bits};
  if (!any) return sum;
  for (int i = 0; i < count; ++i)
    if (terms[i].significand != 0) sum.total += shift_toward_zero(terms[i].significand, sum.quantum - terms[i].unit);
  return sum;
}

/// The sum as bits of the row's accumulator.
std::uint32_t round_output(const Architecture& row, const Sum& sum);

}  // namespace octavo::sim::gemm
