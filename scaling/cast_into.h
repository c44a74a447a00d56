// A cast's three steps into memory that is there.
#pragma once

#include <cstdint>
#include <span>

#include "formats/random.h"
#include "scaling/cast_rule.h"
#include "scaling/matrix.h"
#include "scaling/observe.h"

namespace octavo::scaling {

/// Fills `scales` (one for each of x.scales) and `codes` (one an element) as cast() of cast.h says. Returns what was
/// observed: all amaxes if `keep_amaxes`, else as much as the policy needed of the whole tensor. Where blocks stand
/// alone (MX, current scaling by block) all steps are taken band by band, while the band is in the cache.
Observations cast_into(const Matrix& x, const Cast& rule, const AmaxHistory* past, const formats::RandomStream& random,
                       bool keep_amaxes, std::span<Scale> scales, std::span<std::uint8_t> codes);

}  // namespace octavo::scaling
