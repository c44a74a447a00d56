// Second of a cast's three steps: scales from what was observed.
#pragma once

#include <span>
#include <vector>

#include "scaling/cast_rule.h"
#include "scaling/observe.h"

namespace octavo::scaling {

/// The scale of every block. NaN is never lost: where the format has no code for it, and neither for an infinity that
/// is to stay one, the scale of the tensor, row or block that holds it has the inverse NaN, as E8M0's and E4M3's NaN
/// say it on hardware.
std::vector<Scale> choose(const Cast& rule, const BlockGrid& grid, const Observations& seen);

/// The one scale of a tensor with a past, which waits for the amax of this step (policies.h: advance). The granularity
/// is kTensor.
Scale choose(const Cast& rule, const BlockGrid& grid, const Observations& seen, const AmaxHistory& past);

/// Scales of some blocks under a policy that reads amaxes at most; on the calling thread.
void choose(const Cast& rule, std::span<const formats::MeasuredAmax> amaxes, const formats::MeasuredAmax& tensor,
            std::span<Scale> scales);

}  // namespace octavo::scaling
