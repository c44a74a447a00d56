// Scalings as words: amax:3, cscale:-2, current:pow2@1x128, delayed:16:most_recent, mx:rceil.
#pragma once

#include <string>
#include <string_view>

#include "scaling/cast.h"

namespace octavo::scaling {

/// A policy and its granularity: what a Cast has beside its format.
struct Scaling {
  Policy policy{};
  Granularity granularity = kTensor;
  bool operator==(const Scaling&) const = default;
};

/// POLICY[:SETTING...][@GRANULARITY], settings in the order of policy_fields.h, the granularity tensor, row, column or
/// MxN (rows x columns). Throws Error, beginning with `what`, that names near words or the range.
Scaling parse_scaling(std::string_view text, std::string_view what);

/// The shortest text that parse_scaling turns into this.
std::string to_text(const Scaling& scaling);

/// tensor, row, column or MxN; throws Error as above.
Granularity parse_granularity(std::string_view text, std::string_view what);
std::string to_text(const Granularity& granularity);

/// The granularity of a policy that says none.
Granularity usual_granularity(const Policy& policy);

/// Throws Error, beginning with `what`, if a policy with a history is to cover less than a tensor.
void check(const Scaling& scaling, std::string_view what);

/// The forms that parse_scaling takes, for --help and messages.
std::string_view scaling_forms();

}  // namespace octavo::scaling
