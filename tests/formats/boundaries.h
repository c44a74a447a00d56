// Where the code of a format changes along the real line, computed with MPFR from the definition of a value alone.
#pragma once

#include <mpfr.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "formats/rounding.h"
#include "formats/spec.h"

namespace octavo::formats::tests {

/// An MPFR number whose operations throw unless exact.
class ExactReal {
 public:
  ExactReal(std::uint32_t numerator, int exponent) {
    mpfr_init2(value_, 64);
    require(mpfr_set_ui_2exp(value_, numerator, exponent, MPFR_RNDN) == 0);
  }
  ~ExactReal() { mpfr_clear(value_); }
  ExactReal(const ExactReal&) = delete;
  ExactReal& operator=(const ExactReal&) = delete;

  void become_mean_with(const ExactReal& other) {
    require(mpfr_add(value_, value_, other.value_, MPFR_RNDN) == 0);
    require(mpfr_div_2ui(value_, value_, 1, MPFR_RNDN) == 0);
  }
  double as_double() const {
    const double rounded = mpfr_get_d(value_, MPFR_RNDN);
    require(mpfr_cmp_d(value_, rounded) == 0);
    return rounded;
  }

 private:
  static void require(bool exact) {
    if (!exact) throw std::logic_error("a boundary needs more precision");
  }
  mpfr_t value_;
};

/// The codes of one sign as a step function of the magnitude.
class Boundaries {
 public:
  /// At `at` the code is `code_at`; from there to the next step it is `code_above`.
  struct Step {
    double at;
    std::uint32_t code_at;
    std::uint32_t code_above;
  };

  Boundaries(const Spec& spec, Rounding rounding, Overflow overflow, bool negative) {
    const std::uint32_t sign = negative && spec.has_sign ? 1u << (spec.bits() - 1) : 0u;
    const bool fnuz = spec.specials == Specials::fnuz;
    const bool integer = spec.specials == Specials::integer;
    const bool one_zero = fnuz || integer || spec.specials == Specials::nuz;
    const std::uint32_t max = spec.max_code();
    const auto signed_code = [&](std::uint32_t magnitude) {
      if (one_zero && magnitude == 0) return 0u;
      return integer && sign != 0 ? 2 * sign - magnitude : sign | magnitude;
    };
    if (overflow == Overflow::saturate || spec.specials == Specials::none || integer)
      infinity_ = signed_code(max);
    else
      infinity_ = fnuz ? 1u << (spec.bits() - 1) : sign | first_special(spec);
    const auto code_of = [&](std::uint32_t magnitude) { return magnitude > max ? infinity_ : signed_code(magnitude); };
    const bool toward_negative = negative && spec.has_sign;
    const bool grows = rounding == (toward_negative ? Rounding::down : Rounding::up);
    const bool shrinks =
        rounding == Rounding::toward_zero || rounding == (toward_negative ? Rounding::up : Rounding::down);

    steps_.push_back({0.0, code_of(0), code_of(0)});
    for (std::uint32_t code = 0; code <= max; ++code) {
      const std::uint32_t next = code + 1;
      if (grows) {
        steps_.push_back({value(spec, code), code_of(code), code_of(next)});
      } else if (shrinks) {
        if (code < max) steps_.push_back({value(spec, next), code_of(next), code_of(next)});
      } else if (rounding == Rounding::to_odd) {
        const std::uint32_t odd = (code & 1u) != 0 ? code : next;
        steps_.push_back({value(spec, code), code_of(code), code_of(std::min(odd, max))});
      } else {
        const bool tie_grows = rounding == Rounding::nearest_away || (code & 1u) != 0;
        steps_.push_back({midpoint(spec, code), code_of(tie_grows ? next : code), code_of(next)});
      }
    }
  }

  /// In ascending order; the first is at 0.
  const std::vector<Step>& steps() const { return steps_; }

  /// The code of a finite magnitude.
  std::uint32_t code(double magnitude) const {
    const auto above = std::upper_bound(steps_.begin(), steps_.end(), magnitude,
                                        [](double x, const Step& step) { return x < step.at; });
    const Step& step = *(above - 1);
    return step.at == magnitude ? step.code_at : step.code_above;
  }

  std::uint32_t code_of_infinity() const { return infinity_; }

 private:
  /// The magnitude of `code` by the definition in spec.h; codes above the largest go on as if they were ordinary.
  static ExactReal real(const Spec& spec, std::uint32_t code) {
    const std::uint32_t field = code >> spec.mantissa_bits;
    const std::uint32_t mantissa = code - (field << spec.mantissa_bits);
    if (field == 0 && spec.has_zero) return {mantissa, 1 - spec.bias - spec.mantissa_bits};
    return {mantissa + (1u << spec.mantissa_bits), static_cast<int>(field) - spec.bias - spec.mantissa_bits};
  }
  static double value(const Spec& spec, std::uint32_t code) { return real(spec, code).as_double(); }
  static double midpoint(const Spec& spec, std::uint32_t code) {
    ExactReal mean = real(spec, code);
    mean.become_mean_with(real(spec, code + 1));
    return mean.as_double();
  }
  /// The magnitude code of infinity, or of NaN where there is no infinity.
  static std::uint32_t first_special(const Spec& spec) {
    const std::uint32_t exponent_ones = ((1u << spec.exponent_bits) - 1u) << spec.mantissa_bits;
    return spec.specials == Specials::ieee ? exponent_ones : exponent_ones | ((1u << spec.mantissa_bits) - 1u);
  }

  std::vector<Step> steps_;
  std::uint32_t infinity_ = 0;
};

}  // namespace octavo::formats::tests
