// The casts that formats are judged under.
#pragma once

#include <string>
#include <vector>

#include "scaling/cast.h"

namespace octavo::experiments {

/// A cast with the names of its rows.
struct FormatCast {
  std::string format;
  std::string scaling;
  scaling::Cast cast;
};

struct Casts {
  std::vector<FormatCast> curves;    ///< plain formats, under a constant scale yet to be put in
  std::vector<FormatCast> policies;  ///< what chooses its scale
};

/// What the rows of curves have for a scaling.
inline constexpr const char* kCurve = "cscale";

/// The casts of these formats (as formats::spec or formats::block_format takes them; none: the usual ones): a curve,
/// and AMAX, current scaling and the least squared error, for each plain format; its own scales for a block format.
/// Throws Error for a format that is none, or not signed, or of more than 8 bits.
Casts casts_of(std::vector<std::string> formats);

}  // namespace octavo::experiments
