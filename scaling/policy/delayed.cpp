// Histories of largest magnitudes, and the scales that follow from them.
#include "scaling/policy/delayed.h"

#include <algorithm>
#include <cmath>

#include "scaling/policy/amax.h"

namespace octavo::scaling {
namespace {

bool usable(float amax) { return std::isfinite(amax) && amax > 0.0F; }

void remember(AmaxHistory& past, float amax, int steps) {
  past.amaxes.push_back(amax);
  const auto kept = static_cast<std::size_t>(steps);
  if (past.amaxes.size() > kept)
    past.amaxes.erase(past.amaxes.begin(), past.amaxes.end() - static_cast<std::ptrdiff_t>(kept));
}

/// NaN takes no part; 0 if there is nothing else.
float largest(const std::vector<float>& amaxes) {
  float result = 0.0F;
  for (const float amax : amaxes) result = amax > result ? amax : result;
  return result;
}

}  // namespace

bool is_founded(const AmaxHistory& past) { return past.scale != Scale{} || std::ranges::any_of(past.amaxes, usable); }

void Delayed::advance(const formats::Spec& format, AmaxHistory& past, float amax) const {
  remember(past, amax, history);
  const float chosen = algorithm == AmaxAlgorithm::most_recent ? amax : largest(past.amaxes);
  if (!usable(chosen)) return;
  const float target = std::ldexp(static_cast<float>(max_of(format)), -margin);
  past.scale = Scale::of_factor(target / chosen);
}

Scale Delayed::scale(const formats::Spec& format, const Observation& observed) const {
  AmaxHistory past;
  if (observed.usable()) advance(format, past, observed.amax.value);
  return past.scale;
}

Scale Fp8Lm::next(const formats::Spec& format, const AmaxHistory& past, float amax) const {
  const bool in_time = window == 1 || past.amaxes.size() < static_cast<std::size_t>(window);
  if (!in_time || !usable(amax)) return past.scale;
  return Amax{margin}.scale(format, {{amax, false}});
}

void Fp8Lm::advance(const formats::Spec& format, AmaxHistory& past, float amax) const {
  if (!std::isfinite(amax)) {
    past.amaxes.clear();
    return;
  }
  remember(past, amax, window);
  const float chosen = largest(past.amaxes);
  if (usable(chosen)) past.scale = Amax{margin}.scale(format, {{chosen, false}});
}

Scale Fp8Lm::scale(const formats::Spec& format, const Observation& observed) const {
  return Amax{margin}.scale(format, observed);
}

}  // namespace octavo::scaling
