// Operands that tell one model of a matrix instruction from another: the W probes of one instruction.
#pragma once

#include <vector>

#include "experiments/capture/families/rows/dot_rows.h"

namespace octavo::experiments::capture {

// Each returns every row of its probe for these types (none where the types cannot show anything); the caller samples.

/// W1: does a zero product take part in the choice of the exponent? Zeros of both signs beside every other code, with a
/// term so small that a large exponent would truncate it.
std::vector<DotRow> zero_products(const Types& types);

/// W2: subnormal operands align with their format's smallest exponent: every subnormal code against a cancelling pair
/// 11 to 16 binades above.
std::vector<DotRow> subnormal_operands(const Types& types);

/// W3: every position and distance of a term below the largest, all signs, c absent, as the large and as the small
/// term, with the large product left or cancelled.
std::vector<DotRow> ladder(const Types& types);

/// W4: c alone: A = 0.
std::vector<DotRow> lone_addend(const Types& types);

/// W5: sums whose dropped bits run through every pattern, both signs.
std::vector<DotRow> dropped_bits(const Types& types);

/// W6: the widest sums: 32 largest products of one sign, of alternating and random signs, c in their binade.
std::vector<DotRow> carries(const Types& types);

/// W7: exact cancellation, signs of zero.
std::vector<DotRow> zero_sums(const Types& types);

/// W8: NaN and infinity at every position, and as c.
std::vector<DotRow> specials(const Types& types);

/// W10: the edges of f16: around its subnormals, with ties, and around its overflow.
std::vector<DotRow> f16_edges(const Types& types);

}  // namespace octavo::experiments::capture
