// The casts that formats are judged under.
#pragma once

#include <string>
#include <vector>

#include "experiments/tensors/cast/named_cast.h"

namespace octavo::experiments {

struct Casts {
  std::vector<NamedCast> curves;    ///< plain formats, under a constant scale yet to be put in
  std::vector<NamedCast> policies;  ///< what chooses its scale
};

/// What the rows of curves have for a scaling.
inline constexpr const char* kCurve = "cscale";

/// The casts of these formats (as formats::spec or formats::block_format takes them; none: the usual ones): a curve,
/// and AMAX, current scaling and the least squared error, for each plain format; its own scales for a block format.
/// Throws Error for a format that is none, or not signed, or of more than 8 bits.
Casts casts_of(std::vector<std::string> formats);

}  // namespace octavo::experiments
