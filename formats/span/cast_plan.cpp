// The numbers of the kernels, and the choice of kernel.
#include "formats/span/cast_plan.h"

#include <cassert>

#include "formats/decode.h"
#include "machine/choose.h"

namespace octavo::formats {
std::optional<quantize_kernel::Plan> nearest_plan(const Spec& spec, Overflow overflow) {
  assert(spec.valid());
  if (!spec.has_zero || spec.specials == Specials::integer || spec.min_exponent() < -126 ||
      spec.min_quantum() + 23 > 127)
    return std::nullopt;
  const auto max_code = static_cast<std::int32_t>(spec.max_code());
  const auto sign_bit = static_cast<std::int32_t>(spec.sign_bit());
  const bool special = overflow == Overflow::special && spec.has_nan();
  const int shift = 23 - spec.mantissa_bits;
  quantize_kernel::Plan plan{};
  plan.shift = shift;
  plan.odd_bit = 1 << shift;
  plan.half = 1 << (shift - 1);
  plan.origin = (spec.min_exponent() + 126) << 23;
  plan.first_normal = plan.origin + (1 << 23);
  plan.hidden = 1 << spec.mantissa_bits;
  plan.magic = static_cast<float>(power_of_two(spec.min_quantum() + 23));
  plan.limit = special ? max_code + 1 : max_code;  // the special code follows the largest one in every format
  plan.code_mask = static_cast<std::int32_t>(spec.code_count() - 1);
  plan.magnitude_mask = static_cast<std::int32_t>(spec.magnitude_mask());
  plan.sign_bit = sign_bit;
  plan.sign_shift = 32 - spec.bits();
  plan.unsigned_below = spec.has_negative_zero() ? -1 : 0;
  plan.nan_result = static_cast<std::int32_t>(spec.code_of_nan());
  plan.infinity_code = spec.has_infinity() ? max_code + 1 : -1;
  plan.nan_from = max_code + (spec.has_infinity() ? 2 : 1);  // beyond every magnitude code where there is no such NaN
  plan.nan_code = spec.nan_is_negative_zero() ? sign_bit : -1;
  const bool special_is_negative_zero = special && spec.specials == Specials::fnuz;
  const int sum_exponent = spec.max_exponent() + 1 + shift;
  plan.by_halves = spec.bits() <= 8 && spec.mantissa_bits <= 3 && spec.min_quantum() >= -126;
  plan.by_adder = spec.mantissa_bits >= 1 && sum_exponent <= 127 && !special_is_negative_zero;
  return plan;
}

std::optional<rounding_kernel::Plan> rounding_plan(const Spec& spec, Rounding rounding, Overflow overflow,
                                                   int random_bits) {
  assert(spec.valid() && random_bits >= 1 && random_bits <= 24);
  if (spec.min_exponent() < (spec.has_zero ? -126 : -127)) return std::nullopt;
  const auto max_code = static_cast<std::int32_t>(spec.max_code());
  const std::int32_t special = overflow == Overflow::special && spec.has_nan() ? max_code + 1 : max_code;
  const bool twos_complement = spec.specials == Specials::integer;
  rounding_kernel::Plan plan{};
  plan.has_zero = spec.has_zero;
  plan.exponent_bits = spec.exponent_bits;
  plan.mantissa_bits = spec.mantissa_bits;
  plan.shift = 23 - spec.mantissa_bits;
  plan.first_field = spec.min_exponent() + 127;
  plan.origin = (plan.first_field - (spec.has_zero ? 1 : 0)) * (1 << 23);
  plan.first_normal = static_cast<float>(power_of_two(spec.min_exponent()));
  plan.to_fixed[0] = static_cast<float>(power_of_two(-spec.min_exponent()));
  plan.to_fixed[1] = static_cast<float>(power_of_two(spec.mantissa_bits + 24));
  plan.limit_positive = overflow_stays_finite(rounding, false) ? max_code : special;
  plan.limit_negative = overflow_stays_finite(rounding, true) ? max_code : special;
  plan.infinity = special;
  plan.nan_result = static_cast<std::int32_t>(spec.code_of_nan());
  plan.signs = spec.has_sign ? -1 : 0;
  plan.sign_shift = 32 - spec.bits();
  plan.sign_bit = twos_complement ? 0 : static_cast<std::int32_t>(spec.sign_bit());
  plan.unsigned_below = spec.has_negative_zero() || !spec.has_zero ? -1 : 0;
  plan.twos_complement = twos_complement ? -1 : 0;
  plan.code_mask = static_cast<std::int32_t>(spec.code_count() - 1u);
  plan.random_mask = 0xFFFFFFFFu << (32 - random_bits);
  return plan;
}

const quantize_kernel::Kernels& nearest_kernels() {
  return machine::choose(machine::instruction_set(), OCTAVO_EACH_ISA(quantize_kernel, kernels));
}

const rounding_kernel::Kernels& rounding_kernels() {
  return machine::choose(machine::instruction_set(), OCTAVO_EACH_ISA(rounding_kernel, kernels));
}

const measure_kernel::Kernels& measure_kernels() {
  return machine::choose(machine::instruction_set(), OCTAVO_EACH_ISA(measure_kernel, kernels));
}

}  // namespace octavo::formats
