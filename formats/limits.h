// What a format can hold, for tables: derived from its Spec, never typed.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include "formats/decode.h"
#include "formats/spec.h"

namespace octavo::formats {

struct Limits {
  double max = 0;                         ///< largest finite value
  std::optional<double> min_normal;       ///< none if all finite values are subnormal (E = 1 with ieee)
  std::optional<double> min_subnormal;    ///< none if M = 0 or the format has no zero
  std::optional<std::uint32_t> nan;       ///< canonical NaN code
  std::optional<std::uint32_t> infinity;  ///< code of +infinity
  std::uint32_t finite_values = 0;        ///< different finite values of codes, both zeros being one
  double max_relative_error = 0;          ///< of rounding to nearest within the normal range: 1 / (2^(M+1) + 1)
  double binades = 0;                     ///< log2(max / smallest positive value)
};

inline Limits limits(const Spec& spec) {
  Limits limits;
  const std::uint32_t first_normal = spec.has_zero ? 1u << spec.mantissa_bits : 0u;
  const std::uint32_t magnitudes = spec.max_code() + 1;
  limits.max = decode(spec, spec.max_code());
  if (first_normal < magnitudes) limits.min_normal = decode(spec, first_normal);
  if (spec.has_zero && spec.mantissa_bits > 0) limits.min_subnormal = decode(spec, 1);
  if (spec.has_nan()) limits.nan = spec.nan_code();
  if (spec.has_infinity()) limits.infinity = spec.infinity_code();
  limits.finite_values = spec.has_sign ? 2 * magnitudes - (spec.has_zero ? 1 : 0) : magnitudes;
  if (spec.specials == Specials::integer) ++limits.finite_values;  // the lowest integer
  limits.max_relative_error = 1.0 / ((2u << spec.mantissa_bits) + 1u);
  limits.binades = std::log2(limits.max / decode(spec, spec.has_zero ? 1 : 0));
  return limits;
}

}  // namespace octavo::formats
