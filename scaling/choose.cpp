// A policy asked for all scales of a tensor.
#include "scaling/choose.h"

#include <cassert>
#include <cmath>
#include <limits>
#include <variant>

namespace octavo::scaling {
namespace {

/// True if codes of values with this amax lose a NaN, or an infinity that is to stay one.
bool loses(const Cast& rule, const formats::MeasuredAmax& amax) {
  if (rule.format.has_nan()) return false;
  return amax.has_nan ||
         (rule.overflow == formats::Overflow::special && !rule.format.has_infinity() && std::isinf(amax.value));
}

/// The scale that says so.
Scale marked(Scale chosen, const Cast& rule, const formats::MeasuredAmax& amax) {
  if (loses(rule, amax)) chosen.inverse = std::numeric_limits<float>::quiet_NaN();
  return chosen;
}

}  // namespace

void choose(const Cast& rule, std::span<const formats::MeasuredAmax> amaxes, const formats::MeasuredAmax& tensor,
            std::span<Scale> scales) {
  assert(needs(rule.scaling) != Needs::rounds && amaxes.size() == scales.size());
  std::visit(
      [&](const auto& policy) {
        if constexpr (requires { policy.scales(rule.format, amaxes, tensor, scales); })
          policy.scales(rule.format, amaxes, tensor, scales);
        else
          for (std::size_t i = 0; i < amaxes.size(); ++i) scales[i] = policy.scale(rule.format, {amaxes[i], tensor});
      },
      rule.scaling);
  if (rule.format.has_nan()) return;
  for (std::size_t i = 0; i < amaxes.size(); ++i) scales[i] = marked(scales[i], rule, amaxes[i]);
}

std::vector<Scale> choose(const Cast& rule, const BlockGrid& grid, const Observations& seen) {
  std::vector<Scale> scales(seen.amaxes.size());
  if (needs(rule.scaling) != Needs::rounds) {
    constexpr std::int64_t kAtATime = 4096;
    const auto all = static_cast<std::int64_t>(scales.size());
    machine::share((all + kAtATime - 1) / kAtATime, 10.0 * kAtATime, [&](std::int64_t i) {
      const auto first = static_cast<std::size_t>(i * kAtATime);
      const auto count = static_cast<std::size_t>(std::min(kAtATime, all - i * kAtATime));
      choose(rule, std::span(seen.amaxes).subspan(first, count), seen.tensor, std::span(scales).subspan(first, count));
    });
    return scales;
  }
  machine::share(static_cast<std::int64_t>(scales.size()), 1e3, [&](std::int64_t number) {
    const auto i = static_cast<std::size_t>(number);
    scales[i] = marked(scale(rule.scaling, rule.format, observation_of(seen, grid, i)), rule, seen.amaxes[i]);
  });
  return scales;
}

Scale choose(const Cast& rule, const BlockGrid& grid, const Observations& seen, const AmaxHistory& past) {
  assert(rule.granularity.is_tensor() && seen.amaxes.size() == 1);
  return marked(scale(rule.scaling, rule.format, observation_of(seen, grid, 0), past), rule, seen.tensor);
}

}  // namespace octavo::scaling
