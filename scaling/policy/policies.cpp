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

Scale scale(const Policy& policy, const formats::Spec& format, const Observation& observed) {
  return std::visit([&](const auto& value) { return value.scale(format, observed); }, policy);
}

Scale step(const Policy& policy, const formats::Spec& format, const Observation& observed, AmaxHistory& past) {
  const float amax = observed.amax.has_nan ? std::numeric_limits<float>::quiet_NaN() : observed.amax.value;
  if (const auto* delayed = std::get_if<Delayed>(&policy)) {
    const Scale used = past.scale;
    delayed->advance(format, past, amax);
    return used;
  }
  if (const auto* fp8_lm = std::get_if<Fp8Lm>(&policy)) {
    const Scale used = fp8_lm->next(format, past, amax);
    fp8_lm->advance(format, past, amax);
    return used;
  }
  return scale(policy, format, observed);
}

}  // namespace octavo::scaling
