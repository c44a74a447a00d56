// How a tensor is cast.
#pragma once

#include <cstdint>

#include "formats/block.h"
#include "formats/rounding.h"
#include "formats/spec.h"
#include "scaling/granularity.h"
#include "scaling/policy/policies.h"

namespace octavo::scaling {

/// A format of at most 8 bits, where its scales come from and how much each covers, and what becomes of values between
/// its codes and beyond them.
struct Cast {
  formats::Spec format{};
  Policy scaling{};
  Granularity granularity = kTensor;
  formats::Overflow overflow = formats::Overflow::saturate;
  formats::Rounding rounding = formats::Rounding::nearest_even;
  bool operator==(const Cast&) const = default;
};

/// A block format as a cast: its element under MX's rule where the scale is E8M0, NVFP4's where the tensor has a scale
/// too, else current scaling, as DeepSeek-V3 does.
Cast cast_of(const formats::BlockFormat& format);

/// Memory of the scales of a tensor: E8M0 for MX, E4M3 and one binary32 number for NVFP4, else binary32.
std::uint64_t scale_bits(const Policy& policy, std::uint64_t blocks);

}  // namespace octavo::scaling
