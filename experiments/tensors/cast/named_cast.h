// Casts by the names of their formats and scalings, as flags give them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "formats/spec.h"
#include "scaling/cast.h"

namespace octavo::experiments {

/// A cast with the names that results carry.
struct NamedCast {
  std::string format;
  std::string scaling;
  scaling::Cast cast;
};

/// The cast of a block format, which brings its scaling; nothing if no block format is called `name`.
std::optional<NamedCast> block_cast(const std::string& name);

/// The format that a flag names. Throws Error, beginning with the flag, unless casts take it: signed, with a zero, of
/// at most 8 bits.
formats::Spec cast_format(const std::string& name, const std::string& flag);

/// Each format under each scaling; a block format brings its own. Throws Error for a name that is not known, a format
/// that casts do not take, and where either is missing or scalings are given that no format takes.
std::vector<NamedCast> casts_of(const std::vector<std::string>& formats, const std::vector<std::string>& scalings);

}  // namespace octavo::experiments
