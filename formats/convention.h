// How other software casts to FP8: its rounding and what it makes of overflow, infinity and NaN, in one table.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "formats/encode.h"

namespace octavo::formats {

enum class NanSign : std::uint8_t { positive, kept };
/// Which NaN a format with several gets: all mantissa bits, or the first one alone (E5M2: 0x7F or 0x7E).
enum class NanMantissa : std::uint8_t { all_ones, first_bit };

/// A way to cast to a format of at most 8 bits that has NaN, sign and zero.
struct Convention {
  std::string_view name;
  Rounding rounding;
  Overflow overflow;  ///< of finite values
  Overflow infinity;  ///< of infinite ones
  NanSign nan_sign;
  NanMantissa nan_mantissa;
  std::string_view source;  ///< where the row was read or observed
};

/// The evidence: cuda is compared with cuda_fp8.h in tests/formats, ml_dtypes in tests/oracle/formats.py; onnx was
/// observed in its reference evaluator, by hand.
/// Not compared with a running program: pytorch, read in its header, and transformer-engine, inferred from the
/// conversion instructions and constructors that it uses; its own source was not read.
inline constexpr std::array kConventions{
    Convention{"cuda", Rounding::nearest_even, Overflow::saturate, Overflow::saturate, NanSign::positive,
               NanMantissa::all_ones, "cuda_fp8.h 13.0: constructors, and __NV_SATFINITE from float, half, bfloat16"},
    Convention{"pytorch", Rounding::nearest_even, Overflow::special, Overflow::special, NanSign::kept,
               NanMantissa::all_ones, "torch/headeronly/util/Float8_*.h: fp8*_from_fp32_value"},
    Convention{"ml_dtypes", Rounding::nearest_even, Overflow::special, Overflow::special, NanSign::kept,
               NanMantissa::first_bit, "ml_dtypes 0.6.0: astype from float32"},
    Convention{"onnx", Rounding::nearest_even, Overflow::saturate, Overflow::saturate, NanSign::kept,
               NanMantissa::first_bit,
               "Cast-25 with saturate (its table; NaN's bits are those of the reference evaluator, onnx 1.23). Until "
               "Cast-23 infinity became NaN in the fnuz formats"},
    Convention{"transformer-engine", Rounding::nearest_even, Overflow::saturate, Overflow::saturate, NanSign::positive,
               NanMantissa::all_ones, "cvt.rn.satfinite of PTX and the constructors of cuda_fp8.h"},
};

/// The row called `name`; throws Error naming near ones if there is none.
const Convention& convention(std::string_view name);

/// The code that `convention` gives a NaN of this sign.
constexpr std::uint32_t code_of_nan(const Spec& spec, const Convention& convention, bool negative) {
  if (spec.nan_is_negative_zero() || !spec.has_nan()) return spec.code_of_nan();
  std::uint32_t code = spec.nan_code();
  if (spec.specials == Specials::ieee && convention.nan_mantissa == NanMantissa::first_bit)
    code = spec.infinity_code() | (1u << (spec.mantissa_bits - 1));
  return negative && convention.nan_sign == NanSign::kept ? spec.with_sign(code) : code;
}

/// The code of x by a convention: encode() but for the convention's infinity and NaN.
inline std::uint32_t encode(const Spec& spec, const Convention& convention, double x) {
  if (std::isnan(x)) return code_of_nan(spec, convention, std::signbit(x));
  return encode(spec, convention.rounding, std::isinf(x) ? convention.infinity : convention.overflow, x);
}

}  // namespace octavo::formats
