// Visiting policies.
#include "scaling/policy/policies.h"

#include <limits>
#include <type_traits>

namespace octavo::scaling {

Needs needs(const Policy& policy) {
  return std::visit([]<class P>(const P&) { return P::needs; }, policy);
}

bool has_history(const Policy& policy) {
  return std::holds_alternative<Delayed>(policy) || std::holds_alternative<Fp8Lm>(policy);
}

Advance advances_at(const Policy& policy) {
  if (const auto* delayed = std::get_if<Delayed>(&policy)) return delayed->advances;
  if (const auto* fp8_lm = std::get_if<Fp8Lm>(&policy)) return fp8_lm->advances;
  return Advance::step;
}

Scale scale(const Policy& policy, const formats::Spec& format, const Observation& observed) {
  return std::visit([&](const auto& value) { return value.scale(format, observed); }, policy);
}

std::optional<Binning> next(const Policy& policy, const Observation& observed) {
  return std::visit(
      [&]<class P>(const P& value) -> std::optional<Binning> {
        if constexpr (CountingPolicy<P>)
          return value.next(observed);
        else
          return std::nullopt;
      },
      policy);
}

namespace {

/// The amax as histories keep it.
float remembered(const formats::MeasuredAmax& amax) {
  return amax.has_nan ? std::numeric_limits<float>::quiet_NaN() : amax.value;
}

}  // namespace

Scale scale(const Policy& policy, const formats::Spec& format, const Observation& observed, const AmaxHistory& past) {
  if (std::holds_alternative<Delayed>(policy)) return past.scale;
  if (const auto* fp8_lm = std::get_if<Fp8Lm>(&policy)) return fp8_lm->next(format, past, remembered(observed.amax));
  return scale(policy, format, observed);
}

void advance(const Policy& policy, const formats::Spec& format, AmaxHistory& past, const formats::MeasuredAmax& amax) {
  if (const auto* delayed = std::get_if<Delayed>(&policy)) delayed->advance(format, past, remembered(amax));
  if (const auto* fp8_lm = std::get_if<Fp8Lm>(&policy)) fp8_lm->advance(format, past, remembered(amax));
}

}  // namespace octavo::scaling
