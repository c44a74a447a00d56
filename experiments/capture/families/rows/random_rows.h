// Random operands of dot products and conversions: the distributions that the protocol asks for.
#pragma once

#include <string_view>
#include <vector>

#include "experiments/capture/families/rows/dot_rows.h"

namespace octavo::experiments::capture {

struct RandomSet {
  std::string_view name;
  DotRow (*row)(const Types& types, Random& random);
};

/// bits (uniform codes and c), near-c (c within 16 binades of the products), zeros (half of the operands), subnormals
/// (and zeros only), gaussian, exponents (log-uniform).
const std::vector<RandomSet>& random_row_sets();

/// Base rows with 20 permutations of their terms each, shuffled: neighbours in the case are of different bases.
std::vector<DotRow> permuted_rows(const Types& types, std::int64_t count, Random& random);

/// Binary32 bits: every boundary between codes of `format` and its neighbours, both signs, zeros, subnormals,
/// infinities, NaN, then `count` random ones.
std::vector<std::uint32_t> conversion_inputs(const formats::Spec& format, std::int64_t count, Random& random);

/// All values of that many bits; evenly thinned out from a random one on if they are more than `count`.
std::vector<std::uint32_t> every_bits(int bits, std::int64_t count, Random& random);

}  // namespace octavo::experiments::capture
